import { text } from "../text";
import type { Session, Whoami } from "./session";

type Scope = NonNullable<Whoami["scopes"]>[number];

/** The name of who signed in, for people. */
export function nameOfWho(session: Session): string {
  if (session.way.kind === "account") return session.way.name;
  if (session.way.kind === "issuer" && session.way.name !== null) return session.way.name;
  return session.who.actor === "user" ? session.who.id : text.who.application;
}

/** Whether somebody may do everything in the project, so that no grants are looked at. */
export function isRoot(session: Session): boolean {
  return session.who.actor !== "user";
}

/** Whether an API key has a scope. Operators have all. */
export function hasScope({ who }: Session, scope: Scope): boolean {
  return who.actor === "operator" || (who.scopes ?? []).includes(scope);
}

/** Whether somebody has an API key that may not sign: it reaches no files. */
export function lacksSign(session: Session): boolean {
  return isRoot(session) && !hasScope(session, "sign");
}

/** What tells who signed in apart from everybody else, in every project. */
export function idOfWho({ who }: Pick<Session, "who">): string {
  return [who.project ?? "", who.actor, who.id].join("/");
}
