// Writes api.d.ts, the types of the document that a gateway serves.
import { writeFile } from "node:fs/promises";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const base = process.env.TRIBUTARY_URL || "http://127.0.0.1:8080";
const source = `${base.replace(/\/$/, "")}/v1/openapi.json`;

async function load() {
  const answer = await fetch(source);
  if (!answer.ok) throw new Error(`${source} answers ${answer.status}`);
  return answer.json();
}

let document;
try {
  document = await load();
} catch (err) {
  console.error(`no gateway at ${base}: ${err.cause?.message ?? err.message}; start the quickstart, or set TRIBUTARY_URL`);
  process.exit(1);
}
// A member with a default may be left out of a body.
const types = await openapiTS(document, { defaultNonNullable: false });
await writeFile("api.d.ts", COMMENT_HEADER + astToString(types));
