import type { components } from "../api/schema";
import { isSame, setOf, type Permissions } from "../permissions";

export type Grant = components["schemas"]["Grant"];
export type Kind = components["schemas"]["SubjectKind"];
export type PrefixKind = components["schemas"]["PrefixKind"];

/** Whom a grant names, and where: there is one grant of each key in a bucket. */
export interface GrantKey {
  kind: Kind;
  /** A user id or the name of a group; `*` for everybody. */
  subject: string;
  /** Empty for the whole bucket, else text ending in `/`. */
  prefix: string;
  prefixKind: PrefixKind;
}

/** What a grant says. Instants are as the API writes them. */
export interface State {
  permissions: Permissions;
  start: string | null;
  end: string | null;
  reason: string | null;
}

/** The kinds of subjects, in the order in which they are shown. */
export const KINDS: readonly Kind[] = ["user", "group", "token_group", "authenticated", "public"];
/** The name of the kinds that name everybody. */
export const EVERYBODY = "*";

export function keyOf(grant: Grant): GrantKey {
  const { kind, subject, prefix } = grant;
  return { kind, subject, prefix, prefixKind: grant.prefix_kind ?? "literal" };
}

export function stateOf(grant: Grant): State {
  return {
    permissions: setOf(grant.permissions),
    start: grant.not_before ?? null,
    end: grant.expires_at ?? null,
    reason: grant.reason ?? null,
  };
}

/** A key as one text. No part of it has a line break in it. */
export function idOf(key: GrantKey): string {
  return [key.prefixKind, key.prefix, key.kind, key.subject].join("\n");
}

/** The place of a grant as one text: the grants of one group of rows. */
export function placeOf(key: Pick<GrantKey, "prefix" | "prefixKind">): string {
  return `${key.prefixKind}\n${key.prefix}`;
}

/** By prefix, then kind, then subject. */
export function compareKeys(one: GrantKey, other: GrantKey): number {
  return (
    order(one.prefix, other.prefix) ||
    order(one.prefixKind, other.prefixKind) ||
    KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind) ||
    order(one.subject, other.subject)
  );
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function isSameState(one: State | null, other: State | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    isSame(one.permissions, other.permissions) &&
    isSameInstant(one.start, other.start) &&
    isSameInstant(one.end, other.end) &&
    one.reason === other.reason
  );
}

/** Whether two texts are one instant: the API and a form write them with different precision. */
export function isSameInstant(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other;
  return one === other || Date.parse(one) === Date.parse(other);
}

/** Whether a grant acts at a time: not yet, now, or not any more. */
export function standing(state: Pick<State, "start" | "end">, now: Date): "waits" | "acts" | "ended" {
  if (state.end !== null && Date.parse(state.end) <= now.getTime()) return "ended";
  return state.start !== null && Date.parse(state.start) > now.getTime() ? "waits" : "acts";
}

/** Whether a prefix has a variable that a template may have: it is a template if it is said to be one. */
export function mayBeTemplate(prefix: string): boolean {
  return /(^|\/)\$\{user(name)?\}\//.test(prefix);
}
