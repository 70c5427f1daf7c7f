'use strict';
// The account, and what both frameworks answer: each refusal is [status, code, message].
const { readFileSync } = require('node:fs');
const { randomUUID } = require('node:crypto');

const account = JSON.parse(readFileSync(process.env.ACCOUNT, 'utf8'));
const { other } = account;
const projects = new Map([[account.token, account.project_id], [other.token, other.project_id]]);
const batches = new Map([account, other].map((each) => [each.project_id, new Map(Object.entries(each.batches))]));

exports.notPublished = [404, 'APIGW.0101', 'The API does not exist or has not been published in the environment.'];
exports.methodUnknown = [405, 'APIGW.0101', 'The API does not exist for this method.'];
exports.malformed = [400, 'DRS.10000001', 'The request is malformed.'];
exports.challenge = 'Keystone uri="https://iam.example.com/v3"';

// Returns the refusal of a call with these headers, if it is refused.
exports.check = (project, headers) => {
  const token = headers['x-auth-token'];
  if (!token) return [401, 'APIGW.0301', 'Incorrect IAM authentication information: x-auth-token not found'];
  if (token === account.expired_token) return [401, 'APIGW.0307', 'The token must be updated.'];
  if (!projects.has(token)) return [401, 'APIGW.0301', 'Incorrect IAM authentication information: decrypt token fail'];
  if (projects.get(token) !== project) return [403, 'APIGW.0302', 'The IAM user is not authorized to access the API.'];
  const mediaType = (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  return mediaType === 'application/json' ? null : [415, 'APIGW.0201', 'The Content-Type must be application/json.'];
};

// Returns the body of a refusal with the ID of the request.
exports.refusal = ([status, code, message]) => {
  const body = { error_code: code, error_msg: message };
  return status === 400 ? body : { ...body, request_id: randomUUID().replaceAll('-', '') };
};

// Commits a batch and returns status and body.
exports.commit = (project, batch, language) => {
  const chinese = language === 'zh-cn';
  const state = batches.get(project).get(batch);
  if (state === 'ready') {
    batches.get(project).set(batch, 'committed');
    const msg = chinese ? '批量任务已提交。' : 'The batch was submitted.';
    return [200, { job: { async_job_id: batch, status: 'COMMIT_SUCCESS', msg } }];
  }
  if (!state) return [400, { error_code: 'DRS.10000010', error_msg: chinese ? '批量任务不存在。' : 'The batch does not exist.' }];
  const error_msg = chinese ? '批量任务的状态不允许提交。' : `The batch is ${state}.`;
  return [400, { error_code: 'DRS.10000001', error_msg }];
};
