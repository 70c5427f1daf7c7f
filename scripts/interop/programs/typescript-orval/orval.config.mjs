import { fileURLToPath } from "node:url";

export default {
  drs: {
    input: process.env.DRS_SPEC ?? fileURLToPath(new URL("openapi.yaml", import.meta.url)),
    output: {
      target: "client.ts",
      client: "fetch",
      headers: true,
      urlEncodeParameters: true,
      baseUrl: { runtime: "process.env.DRS_URL" },
    },
  },
};
