'use strict';
// The commit with Fastify.
const { challenge, check, commit, malformed, methodUnknown, notPublished, refusal } = require('./account');

// Fastify refuses a path parameter of more than 100 characters, unless this is set.
const app = require('fastify')({ exposeHeadRoutes: false, routerOptions: { maxParamLength: 8192 } });

function refuse(reply, what) {
  const body = refusal(what);
  if (body.request_id) reply.header('X-Request-Id', body.request_id);
  if (what[0] === 401) reply.header('WWW-Authenticate', challenge);
  if (what[0] === 405) reply.header('Allow', 'POST');
  return reply.code(what[0]).send(body);
}

// The operation has no body: whatever comes is read and ignored.
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, undefined));
app.setNotFoundHandler((request, reply) => refuse(reply, notPublished));
app.setErrorHandler((error, request, reply) => refuse(reply, error.statusCode === 413
  ? [413, 'APIGW.0201', 'The request body is too large.'] : malformed));

const url = '/v5/:project/batch-async-jobs/:batch/commit';
app.post(url, (request, reply) => {
  const { project, batch } = request.params;
  const refused = check(project, request.headers);
  if (refused) return refuse(reply, refused);
  const [status, body] = commit(project, batch, request.headers['x-language']);
  return reply.code(status).send(body);
});
app.route({ method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'], url,
  handler: (request, reply) => refuse(reply, methodUnknown) });

app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
