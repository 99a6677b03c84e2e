import type { Session } from "../session/session";
import { hasScope, isRoot } from "../session/who";
import { text } from "../text";

/** A page of the menu. */
export interface Page {
  to: "/" | "/access" | "/try" | "/audit";
  label: string;
  /** What is typed behind `g` to go there. */
  key: string;
}

const RIGHTS: readonly Page[] = [
  { to: "/access", label: text.nav.access, key: "a" },
  { to: "/try", label: text.nav.try, key: "t" },
];

/** The pages that somebody can use. */
export function pagesOf(session: Session): Page[] {
  return [
    { to: "/", label: text.nav.buckets, key: "f" },
    ...(maySeeRights(session) ? RIGHTS : []),
    ...(mayAudit(session) ? [{ to: "/audit" as const, label: text.nav.audit, key: "u" }] : []),
  ];
}

/** Whether somebody may ask who may what, and why: users about what concerns them, and keys that read grants. */
export function maySeeRights(session: Session): boolean {
  return session.who.project != null && (!isRoot(session) || hasScope(session, "grants:read"));
}

/** Whether somebody may read the audit trail. */
export function mayAudit(session: Session): boolean {
  return hasScope(session, "audit:read");
}
