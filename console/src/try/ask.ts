import { api, data } from "../api/client";
import { Problem } from "../api/problem";
import type { components } from "../api/schema";
import { session, type Session } from "../session/session";
import { actionOf, type Action } from "./operations";
import type { Question } from "./question";
import { isListing, requestOf, standIn } from "./request";

type Schemas = components["schemas"];
export type Need = Schemas["Need"];

/** What was asked of the API, and what it said: what a program sends and gets. */
export type Exchange =
  | { route: "/v1/explain"; asked: Schemas["ExplainRequest"]; answered: Schemas["Explanation"] }
  | { route: "/v1/check"; asked: Schemas["CheckRequest"]; answered: Schemas["CheckResponse"] };

/** The answer to a question. */
export interface Answer {
  isAllowed: boolean;
  code: string;
  /** The sentence of the verdict; empty where the API has none. */
  detail: string;
  /** Until when it stays so if nobody changes anything. */
  until: Date | null;
  parsed: Schemas["ParsedRequest"] | null;
  needs: Need[];
  exchange: Exchange;
}

/** Asks the server. A permission is checked, an operation is explained. */
export async function ask(question: Question): Promise<Answer> {
  const now = session();
  const action = actionOf(question.action);
  if (now === null || action === null) throw new Error("nobody asks, or nothing");
  return action.kind === "operation" ? explain(question, action, now) : check(question, action, now);
}

async function explain(question: Question, action: Action & { kind: "operation" }, now: Session): Promise<Answer> {
  const asked = { ...whom(question), request: requestOf(question, action.operation, endpointOf(now)) };
  const answered = data(await api.POST("/v1/explain", { body: asked }));
  const { allowed, code, detail, parsed, needs } = answered;
  return {
    isAllowed: allowed,
    code,
    detail: allowed ? "" : detail,
    until: null,
    parsed: parsed ?? null,
    needs,
    exchange: { route: "/v1/explain", asked, answered },
  };
}

async function check(question: Question, action: Action & { kind: "permission" }, now: Session): Promise<Answer> {
  const { permission, operation } = action;
  const { bucket, key } = question;
  // What ends with a slash, or is empty, is everything below it.
  const place = key === "" || key.endsWith("/") ? { prefix: key } : { key };
  const asked = { ...whom(question), action: permission, bucket, ...place };
  const answered = data(await api.POST("/v1/check", { body: asked }));
  const isOfUser = question.user !== "" || now.who.actor === "user";
  const alone = { permission, bucket, scope: key, held: answered.decision, looked_at: [] };
  let needs: Need[] = isOfUser ? [alone] : [];
  if (isOfUser && operation !== null) {
    const request = standIn(question, operation, endpointOf(now));
    const shown = data(await api.POST("/v1/explain", { body: { ...whom(question), request } })).needs;
    if (shown.length > 0) needs = shown.map((need) => ({ ...need, scope: key }));
  }
  return {
    isAllowed: answered.decision,
    code: answered.code,
    detail: "",
    until: answered.expires_at == null ? null : new Date(answered.expires_at),
    parsed: null,
    needs,
    exchange: { route: "/v1/check", asked, answered },
  };
}

function whom({ user, groups }: Question): { user?: string; groups?: string[] } {
  return { ...(user === "" ? {} : { user }), ...(groups.length === 0 ? {} : { groups }) };
}

/** The endpoint that requests go to. */
export function endpointOf(session: Session): Schemas["Endpoint"] {
  const endpoint = session.who.storage?.endpoints[0];
  if (endpoint !== undefined) return endpoint;
  throw new Problem(0, "no_project", "No project", "You act in no project, so there is nothing to be asked about.", null);
}

/** Whether the key of a question is a prefix. */
export function isPrefix(action: Action): boolean {
  return action.kind === "operation" && isListing(action.operation);
}
