import type { Session } from "../session/session";
import { text } from "../text";

/** A page of the menu. */
export interface Page {
  to: "/" | "/try" | "/audit";
  label: string;
  /** What is typed behind `g` to go there. */
  key: string;
}

/** The pages that somebody can use. */
export function pagesOf(session: Session): Page[] {
  return [
    { to: "/", label: text.nav.buckets, key: "f" },
    ...(mayTry(session) ? [{ to: "/try" as const, label: text.nav.try, key: "t" }] : []),
    ...(mayAudit(session) ? [{ to: "/audit" as const, label: text.nav.audit, key: "u" }] : []),
  ];
}

/** Whether somebody may ask how a request is decided: users about themselves, and keys that read grants. */
export function mayTry({ who }: Session): boolean {
  return who.project != null && (who.actor !== "root" || (who.scopes ?? []).includes("grants:read"));
}

/** Whether somebody may read the audit trail. */
export function mayAudit({ who }: Session): boolean {
  return who.actor === "operator" || (who.scopes ?? []).includes("audit:read");
}
