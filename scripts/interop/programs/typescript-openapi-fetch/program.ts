import createClient from "openapi-fetch";
import type { paths } from "./schema.ts";

const { DRS_URL = "", DRS_TOKEN = "", DRS_PROJECT_ID = "", DRS_READY_ID = "", DRS_UNKNOWN_ID = "" } = process.env;
const show = (...words: unknown[]): void => console.log(words.join("\t"));

type Language = "en-us" | "zh-cn";

async function commit(async_job_id: string, token: string, language?: Language) {
  const client = createClient<paths>({ baseUrl: DRS_URL, headers: { "X-Auth-Token": token } });
  return client.POST("/v5/{project_id}/batch-async-jobs/{async_job_id}/commit", {
    params: {
      path: { project_id: DRS_PROJECT_ID, async_job_id },
      header: { "Content-Type": "application/json", ...(language && { "X-Language": language }) },
    },
  });
}

const ready = await commit(DRS_READY_ID, DRS_TOKEN);
show("ready", ready.data?.job.async_job_id, ready.data?.job.status);
const unknown = await commit(DRS_UNKNOWN_ID, DRS_TOKEN);
show("unknown", unknown.response.status, unknown.error?.error_code);
const wrong = await commit(DRS_UNKNOWN_ID, "wrong");
if (wrong.error && "request_id" in wrong.error)
  show("wrong", wrong.response.status, wrong.error.error_code, wrong.error.request_id);
const chinese = await commit(DRS_UNKNOWN_ID, DRS_TOKEN, "zh-cn");
show("chinese", chinese.response.status, chinese.error?.error_code, chinese.error?.error_msg);
