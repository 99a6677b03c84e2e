import type { components } from "../api/schema";

export type Outcome = components["schemas"]["Outcome"];

/** What the server selects. */
export interface AuditQuery {
  actor?: string;
  bucket?: string;
  action?: string;
  outcome?: Outcome;
  request_id?: string;
  since?: string;
  until?: string;
}

/** The words of an address. What is empty is left out. */
export interface Search {
  actor?: string;
  bucket?: string;
  action?: string;
  outcome?: Outcome;
  request?: string;
  /** Instants, in UTC. */
  since?: string;
  until?: string;
  /** What a key begins with. The page selects by it, among what it loads. */
  key?: string;
}

export const OUTCOMES: readonly Outcome[] = ["allow", "deny", "malformed"];
const TEXTS = ["actor", "bucket", "action", "request", "key"] as const;
const TIMES = ["since", "until"] as const;
/** Actors that are no users, and have no colon. */
const ALONE = ["operator", "nobody", "many"];

/** Reads an address, whatever stands in it. */
export function searchOf(raw: Record<string, unknown>): Search {
  const search: Search = {};
  for (const name of TEXTS) {
    const value = raw[name];
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof text === "string" && text.trim() !== "") search[name] = name === "key" ? text : text.trim();
  }
  for (const name of TIMES) {
    const value = raw[name];
    if (typeof value === "string" && !Number.isNaN(Date.parse(value))) search[name] = new Date(value).toISOString();
  }
  const outcome = OUTCOMES.find((one) => one === raw.outcome);
  return outcome === undefined ? search : { ...search, outcome };
}

/** What the server is asked for. A name alone is a user's. */
export function queryOf({ actor, bucket, action, outcome, request, since, until }: Search): AuditQuery {
  const who = actor === undefined || actor.includes(":") || ALONE.includes(actor) ? actor : `user:${actor}`;
  return {
    ...(who === undefined ? {} : { actor: who }),
    ...(bucket === undefined ? {} : { bucket }),
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(request === undefined ? {} : { request_id: request }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/** Whether an event is among what the page selects by itself. */
export function fits(event: { key?: string | null }, search: Search): boolean {
  return search.key === undefined || (event.key ?? "").startsWith(search.key);
}
