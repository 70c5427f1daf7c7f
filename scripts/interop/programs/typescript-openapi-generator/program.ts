import { BatchTasksApi, Configuration, GatewayErrorFromJSON, ResponseError, ServiceErrorFromJSON } from "./client/index.ts";

const { DRS_URL = "", DRS_TOKEN = "", DRS_PROJECT_ID = "", DRS_READY_ID = "", DRS_UNKNOWN_ID = "" } = process.env;
const show = (...words: unknown[]): void => console.log(words.join("\t"));

type Language = "en-us" | "zh-cn";

async function commit(asyncJobId: string, token: string, xLanguage?: Language) {
  const api = new BatchTasksApi(new Configuration({ basePath: DRS_URL, apiKey: token }));
  const language = xLanguage && { xLanguage };
  return api.commitAsyncJob({ projectId: DRS_PROJECT_ID, asyncJobId, contentType: "application/json", ...language });
}

async function refusal(asyncJobId: string, token: string, language?: Language): Promise<Response> {
  try {
    await commit(asyncJobId, token, language);
  } catch (error) {
    if (error instanceof ResponseError) return error.response;
    throw error;
  }
  throw new Error("the commit was not refused");
}

const ready = await commit(DRS_READY_ID, DRS_TOKEN);
show("ready", ready.job.asyncJobId, ready.job.status);
const unknown = await refusal(DRS_UNKNOWN_ID, DRS_TOKEN);
show("unknown", unknown.status, ServiceErrorFromJSON(await unknown.json()).errorCode);
const wrong = await refusal(DRS_UNKNOWN_ID, "wrong");
const denied = GatewayErrorFromJSON(await wrong.json());
show("wrong", wrong.status, denied.errorCode, denied.requestId);
const chinese = await refusal(DRS_UNKNOWN_ID, DRS_TOKEN, "zh-cn");
const refused = ServiceErrorFromJSON(await chinese.json());
show("chinese", chinese.status, refused.errorCode, refused.errorMsg);
