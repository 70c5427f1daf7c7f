import { commitAsyncJob, defaults } from "./client.ts";

const { DRS_URL = "", DRS_TOKEN = "", DRS_PROJECT_ID = "", DRS_READY_ID = "", DRS_UNKNOWN_ID = "" } = process.env;
const show = (...words: unknown[]): void => console.log(words.join("\t"));

type Language = "en-us" | "zh-cn";

defaults.baseUrl = DRS_URL;

async function commit(id: string, token: string, xLanguage?: Language) {
  const options = { headers: { "X-Auth-Token": token } };
  return commitAsyncJob(DRS_PROJECT_ID, id, "application/json", { ...(xLanguage && { xLanguage }) }, options);
}

const ready = await commit(DRS_READY_ID, DRS_TOKEN);
if (ready.status === 200) show("ready", ready.data.job.async_job_id, ready.data.job.status);
const unknown = await commit(DRS_UNKNOWN_ID, DRS_TOKEN);
if (unknown.status === 400) show("unknown", unknown.status, unknown.data.error_code);
const wrong = await commit(DRS_UNKNOWN_ID, "wrong");
if (wrong.status === 401) show("wrong", wrong.status, wrong.data.error_code, wrong.data.request_id);
const chinese = await commit(DRS_UNKNOWN_ID, DRS_TOKEN, "zh-cn");
if (chinese.status === 400) show("chinese", chinese.status, chinese.data.error_code, chinese.data.error_msg);
