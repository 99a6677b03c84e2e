import { text } from "../text";
import { isEverybody, nameOf } from "../users/subjects";
import { compareKeys, isSameState, keyOf, placeOf, standing, stateOf, type Grant, type GrantKey, type State } from "./grant";
import { has, type Permission } from "../permissions";
import type { Place, Source } from "./sources";
import type { Edit, Edits, Grants } from "./staged";

const words = text.access;

/** A row of the matrix: a grant, as it is and as it shall be. */
export interface Row {
  id: string;
  key: GrantKey;
  place: string;
  grant: Grant | null;
  /** What it shall be; of a grant that shall be taken away, what it is. */
  state: State;
  change: "new" | "changed" | "taken" | null;
  /** Whether it is not what it was when it was edited. */
  isConflict: boolean;
  standing: "waits" | "acts" | "ended";
  /** What a filter looks at. */
  text: string;
}

/** The grants of a bucket with what is staged, by prefix, kind and subject. */
export function rowsOf(grants: Grants, edits: Edits, now: Date): Row[] {
  const rows: Row[] = [];
  for (const [id, grant] of grants) rows.push(rowOf(id, keyOf(grant), grant, edits.get(id) ?? null, now));
  for (const [id, edit] of edits) if (!grants.has(id)) rows.push(rowOf(id, edit.key, null, edit, now));
  return rows.sort((one, other) => compareKeys(one.key, other.key));
}

function rowOf(id: string, key: GrantKey, grant: Grant | null, edit: Edit | null, now: Date): Row {
  const there = grant === null ? null : stateOf(grant);
  const base = edit === null || edit.base === null ? null : stateOf(edit.base);
  const state = edit?.target ?? there ?? base ?? { permissions: [], start: null, end: null, reason: null };
  const isTaken = edit !== null && edit.target === null;
  return {
    id,
    key,
    place: placeOf(key),
    grant,
    state,
    change: edit === null || (isSameState(there, edit.target) && !isTaken) ? null : isTaken ? "taken" : grant === null ? "new" : "changed",
    isConflict: edit !== null && (edit.base?.updated_revision ?? 0) !== (grant?.updated_revision ?? 0),
    standing: standing(state, now),
    text: [nameOf(key), key.subject, text.kinds[key.kind], key.prefix, state.reason ?? ""].join("\n").toLowerCase(),
  };
}

/** The name of a place in a bucket, for people. */
export function whereOf({ prefix }: Pick<Place, "prefix">): string {
  return prefix === "" ? words.whole : prefix;
}

/** Why a permission cannot be given in a row; `null` if it can. */
export function fixed(row: Pick<Row, "key" | "state">, permission: Permission): string | null {
  if (permission === "admin" && isEverybody(row.key.kind)) return words.noAdminForAll;
  return permission === "list" && row.state.permissions.includes("read") ? words.inRead : null;
}

/** The sources of one permission, in a few words. */
export function whyOf(sources: readonly Source[], permission: Permission, short: (at: string) => string): string {
  const own = sources.filter((one) => has(one.permissions, permission));
  return own.map((one) => sayWhy(one, short)).join("; ");
}

/** One source, in a few words. */
export function sayWhy(source: Source, short: (at: string) => string): string {
  if (!("grant" in source)) return words.why[source.from];
  const { grant } = source;
  const where = whereOf(grant);
  const said =
    source.from === "direct" ? words.why.direct(where)
    : grant.kind === "group" ? words.why.group(grant.subject, where)
    : grant.kind === "token_group" ? words.why.tokenGroup(grant.subject, where)
    : grant.kind === "public" ? words.why.public(where)
    : words.why.authenticated(where);
  const end = grant.expires_at == null ? [] : [words.why.until(short(grant.expires_at))];
  const reason = grant.reason == null ? [] : [words.why.reason(grant.reason)];
  return [said, ...end, ...reason].join(", ");
}

/** The row's grant as an edit. */
export function editOf(row: Row, target: State | null): Edit {
  return { key: row.key, base: row.grant, target };
}

