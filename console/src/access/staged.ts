import type { components } from "../api/schema";
import { compareKeys, idOf, isSameInstant, isSameState, keyOf, stateOf, type Grant, type GrantKey, type State } from "./grant";
import { union, without, type Permissions } from "../permissions";

/** What somebody wants to change and has not saved. */
export interface Edit {
  key: GrantKey;
  /** The grant as it was seen; `null` where there was none. */
  base: Grant | null;
  /** What it shall be; `null` to take it away. */
  target: State | null;
}

/** Edits by the id of their grant. */
export type Edits = ReadonlyMap<string, Edit>;
/** The grants of a bucket by their ids. */
export type Grants = ReadonlyMap<string, Grant>;

export const NO_EDITS: Edits = new Map();

export function byId(grants: readonly Grant[]): Grants {
  return new Map(grants.map((grant) => [idOf(keyOf(grant)), grant]));
}

/** The edits with one more. Who goes back to what was there has no edit. */
export function stage(edits: Edits, edit: Edit): Edits {
  const next = new Map(edits);
  const id = idOf(edit.key);
  const earlier = edits.get(id);
  const base = earlier === undefined ? edit.base : earlier.base;
  const before = base === null ? null : stateOf(base);
  if (isSameState(before, edit.target)) next.delete(id);
  else next.set(id, { ...edit, base });
  return next;
}

export function drop(edits: Edits, id: string): Edits {
  const next = new Map(edits);
  next.delete(id);
  return next;
}

/** Edits in the order of the rows. */
export function inOrder(edits: Edits): Edit[] {
  return [...edits.values()].sort((one, other) => compareKeys(one.key, other.key));
}

/** What an edit does. */
export interface Difference {
  what: "give" | "change" | "take";
  gains: Permissions;
  loses: Permissions;
  isStartChanged: boolean;
  isEndChanged: boolean;
  isReasonChanged: boolean;
}

export function difference(before: State | null, after: State | null): Difference {
  const had = before?.permissions ?? [];
  const gets = after?.permissions ?? [];
  return {
    what: before === null ? "give" : after === null ? "take" : "change",
    gains: without(gets, had),
    loses: without(had, gets),
    isStartChanged: after !== null && !isSameInstant(before?.start ?? null, after.start),
    isEndChanged: after !== null && !isSameInstant(before?.end ?? null, after.end),
    isReasonChanged: after !== null && (before?.reason ?? null) !== after.reason,
  };
}

type Change = components["schemas"]["GrantChange"];

/** The change of the API: only if the grant is still what was seen. */
export function changeOf({ key, base, target }: Edit): Change {
  return {
    kind: key.kind,
    subject: key.subject,
    prefix: key.prefix,
    prefix_kind: key.prefixKind,
    if_revision: base?.updated_revision ?? 0,
    ...(target === null
      ? {}
      : {
          put: {
            permissions: [...target.permissions],
            not_before: target.start,
            expires_at: target.end,
            reason: target.reason,
          },
        }),
  };
}

/** The edits whose grants somebody else changed since they were seen. */
export function conflicts(edits: Edits, now: Grants): Edit[] {
  return inOrder(edits).filter(({ key, base }) => {
    return (now.get(idOf(key))?.updated_revision ?? 0) !== (base?.updated_revision ?? 0);
  });
}

/**
 * An edit on top of what somebody else made of the grant: what was added is added, what was taken is taken, and the
 * rest is theirs.
 */
export function rebased(edit: Edit, theirs: Grant | null): Edit {
  const { key, base, target } = edit;
  const [from, there] = [base, theirs].map((grant) => (grant === null ? null : stateOf(grant)));
  // Taken by one of the two, or given by both: there is nothing to put together, and the edit says all.
  if (target === null || from == null || there == null) return { key, base: theirs, target };
  const { gains, loses, isStartChanged, isEndChanged, isReasonChanged } = difference(from, target);
  const permissions = without(union(there.permissions, gains), loses);
  return {
    key,
    base: theirs,
    target:
      permissions.length === 0
        ? null
        : {
            permissions,
            start: isStartChanged ? target.start : there.start,
            end: isEndChanged ? target.end : there.end,
            reason: isReasonChanged ? target.reason : there.reason,
          },
  };
}

/** All edits on top of what there is now. An edit that changes nothing any more is gone. */
export function rebaseAll(edits: Edits, now: Grants): Edits {
  let next = NO_EDITS;
  for (const edit of edits.values()) next = stage(next, rebased(edit, now.get(idOf(edit.key)) ?? null));
  return next;
}

/** What undoes edits that were saved. `now` has the grants as they stand; whoever was there meanwhile is a conflict. */
export function reversed(saved: readonly Edit[], now: Grants): { edits: Edits; isDisturbed: boolean } {
  const edits = new Map<string, Edit>();
  let isDisturbed = false;
  for (const { key, base, target } of saved) {
    const there = now.get(idOf(key)) ?? null;
    if (!isSameState(there === null ? null : stateOf(there), target)) isDisturbed = true;
    edits.set(idOf(key), { key, base: there, target: base === null ? null : stateOf(base) });
  }
  let changing = NO_EDITS;
  for (const edit of edits.values()) changing = stage(changing, edit);
  return { edits: changing, isDisturbed };
}
