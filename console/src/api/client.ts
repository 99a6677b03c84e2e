import createClient from "openapi-fetch";

import { session } from "../session/session";
import { forget } from "../session/ways";
import { text } from "../text";
import { Problem } from "./problem";
import type { paths } from "./schema";

/** The public API, with types that come from `openapi.yaml`: a route that changes does not compile here. */
export const api = createClient<paths>({ baseUrl: "" });

api.use({
  onRequest({ request }) {
    const bearer = session()?.bearer;
    if (bearer !== undefined) request.headers.set("authorization", `Bearer ${bearer}`);
    return request;
  },
  onError({ error }) {
    // Who stopped asking hears of no problem.
    return error instanceof DOMException && error.name === "AbortError" ? undefined : Problem.unreachable(text.problems.theServer);
  },
});

/** The answer's data; a {@link Problem} is thrown. A sign-in that has ended is forgotten. */
export function data<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.response.ok && answer.data !== undefined) return answer.data;
  throw problemOf(answer);
}

/** Demands that what has no data in its answer is done; a {@link Problem} is thrown. */
export function done(answer: { error?: unknown; response: Response }): void {
  if (!answer.response.ok) throw problemOf(answer);
}

function problemOf(answer: { error?: unknown; response: Response }): Problem {
  const problem = Problem.of(answer.response.status, answer.error);
  if (problem.status === 401 && problem.code !== "reauthenticate") forget();
  return problem;
}
