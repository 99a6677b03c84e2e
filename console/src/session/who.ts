import { text } from "../text";
import type { Session } from "./session";

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
