import { ApiClient, BatchTasksApi, GatewayError, ServiceError } from "./client/src/index.js";

const { DRS_URL, DRS_TOKEN, DRS_PROJECT_ID, DRS_READY_ID, DRS_UNKNOWN_ID } = process.env;
const show = (...words) => console.log(words.join("\t"));

function commit(id, token, options) {
  const client = new ApiClient(DRS_URL);
  client.authentications.AuthToken.apiKey = token;
  return new BatchTasksApi(client).commitAsyncJob(DRS_PROJECT_ID, id, "application/json", options);
}

async function refusal(id, token, options) {
  return commit(id, token, options).then(
    () => Promise.reject(new Error("the commit was not refused")),
    (error) => error,
  );
}

const { job } = await commit(DRS_READY_ID, DRS_TOKEN);
show("ready", job.async_job_id, job.status);
const unknown = await refusal(DRS_UNKNOWN_ID, DRS_TOKEN);
show("unknown", unknown.status, ServiceError.constructFromObject(unknown.response.body).error_code);
const wrong = await refusal(DRS_UNKNOWN_ID, "wrong");
const denied = GatewayError.constructFromObject(wrong.response.body);
show("wrong", wrong.status, denied.error_code, denied.request_id);
const chinese = await refusal(DRS_UNKNOWN_ID, DRS_TOKEN, { xLanguage: "zh-cn" });
const refused = ServiceError.constructFromObject(chinese.response.body);
show("chinese", chinese.status, refused.error_code, refused.error_msg);
