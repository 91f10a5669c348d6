// A client of the gateway's unified API. Its types are generated from the
// document that a gateway serves, see the README; this file adds what the
// document leaves to its reader: the key, and how lists stand in a query.
import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./api.js";

/** What an answer holds: its type by the name that the document gives it. */
export type Schemas = components["schemas"];

/** Answers are JSON; for NDJSON and CSV, ask with fetch and read the stream. */
type Media = "application/json" | "application/problem+json";

/**
 * Returns a client of the gateway at base, such as http://127.0.0.1:8080, that
 * shows the key with every request.
 */
export function connect(base: string, key: string): Client<paths, Media> {
  return createClient<paths, Media>({
    baseUrl: `${base.replace(/\/$/, "")}/v1`,
    headers: { Authorization: `Bearer ${key}` },
    querySerializer: { array: { style: "form", explode: false } },
  });
}

/** What the gateway refuses, or a platform fails at. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(readonly problem: Schemas["Problem"]) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
  }
}

/** Returns an answer's data, and throws its problem. */
export function unwrap<T>(answer: { data?: T; error?: Schemas["Problem"] }): T {
  if (answer.error) throw new ProblemError(answer.error);
  return answer.data as T;
}
