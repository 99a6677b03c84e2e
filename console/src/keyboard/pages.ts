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
  const { actor, project, scopes } = session.who;
  const has = (scope: "check" | "grants:read" | "audit:read") => (scopes ?? []).includes(scope);
  const mayTry = project != null && (actor !== "root" || has("grants:read") || has("check"));
  const mayAudit = actor === "operator" || has("audit:read");
  return [
    { to: "/", label: text.nav.buckets, key: "f" },
    ...(mayTry ? [{ to: "/try" as const, label: text.nav.try, key: "t" }] : []),
    ...(mayAudit ? [{ to: "/audit" as const, label: text.nav.audit, key: "u" }] : []),
  ];
}
