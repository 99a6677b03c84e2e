import type { components } from "../api/schema";
import { text } from "../text";
import { nameOfUser } from "./names";

type Kind = components["schemas"]["SubjectKind"];

/** Whom a grant names. */
export interface Subject {
  kind: Kind;
  /** A user id or the name of a group; `*` for everybody. */
  subject: string;
}

export function isEverybody(kind: Kind): boolean {
  return kind === "authenticated" || kind === "public";
}

/** The name of a subject, for people: of an account its username. */
export function nameOf({ kind, subject }: Subject): string {
  if (kind === "authenticated" || kind === "public") return text.everybody[kind];
  return kind === "user" ? nameOfUser(subject) : subject;
}

/** A subject within a sentence, with its kind: `user alice`. */
export function kindAndName(of: Subject): string {
  return isEverybody(of.kind) ? text.kinds[of.kind] : `${text.kinds[of.kind]} ${nameOf(of)}`;
}
