import type { components } from "../api/schema";
import { text } from "../text";
import { nameAndIdOf } from "./names";

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

/** The name of a subject within a text: of an account its username and its id. Cells have `Name`. */
export function nameOf({ kind, subject }: Subject): string {
  if (kind === "authenticated" || kind === "public") return text.everybody[kind];
  return kind === "user" ? nameAndIdOf(subject) : subject;
}

/** A subject within a sentence, with its kind: `user alice (ID)`. */
export function kindAndName(of: Subject): string {
  return isEverybody(of.kind) ? text.kinds[of.kind] : `${text.kinds[of.kind]} ${nameOf(of)}`;
}
