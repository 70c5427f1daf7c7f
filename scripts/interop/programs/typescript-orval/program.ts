import { commitAsyncJob } from "./client.ts";

const { DRS_URL = "", DRS_TOKEN = "", DRS_PROJECT_ID = "", DRS_READY_ID = "", DRS_UNKNOWN_ID = "" } = process.env;
const show = (...words: unknown[]): void => console.log(words.join("\t"));

type Language = "en-us" | "zh-cn";

async function commit(async_job_id: string, token: string, language?: Language) {
  const headers = { "Content-Type": "application/json", ...(language && { "X-Language": language }) };
  return commitAsyncJob(DRS_PROJECT_ID, async_job_id, headers, { headers: { "X-Auth-Token": token } });
}

const ready = await commit(DRS_READY_ID, DRS_TOKEN);
if (ready.status === 200) show("ready", ready.data.job.async_job_id, ready.data.job.status);
const unknown = await commit(DRS_UNKNOWN_ID, DRS_TOKEN);
if (unknown.status === 400) show("unknown", unknown.status, unknown.data.error_code);
const wrong = await commit(DRS_UNKNOWN_ID, "wrong");
if (wrong.status === 401) show("wrong", wrong.status, wrong.data.error_code, wrong.data.request_id);
const chinese = await commit(DRS_UNKNOWN_ID, DRS_TOKEN, "zh-cn");
if (chinese.status === 400) show("chinese", chinese.status, chinese.data.error_code, chinese.data.error_msg);
