import type { components } from "../api/schema";
import { usernameOf } from "../users/names";
import type { Subject } from "../users/subjects";
import { standing, type Grant, type Kind, type PrefixKind } from "./grant";
import { common, setOf, union, without, type Permissions } from "../permissions";

export type Held = components["schemas"]["SubjectPermissions"];

/** A part of a bucket: below a prefix, or, with a template, below another one for each user. */
export interface Place {
  prefix: string;
  prefixKind: PrefixKind;
}

/** Why somebody has permissions at a place. */
export type Source =
  /** A grant to the subject itself, there or above. */
  | { from: "direct"; permissions: Permissions; grant: Grant }
  /** A grant to a group that the subject is in. */
  | { from: "group"; permissions: Permissions; grant: Grant }
  /** A grant to everybody who signed in, or to everybody. */
  | { from: "everybody"; permissions: Permissions; grant: Grant }
  /** What the bucket gives everybody. */
  | { from: "bucket"; permissions: Permissions }
  /** What the project gives every user in every bucket. */
  | { from: "project"; permissions: Permissions }
  /** What is held without a grant that the reader can see: through a group, or by a rule of the project. */
  | { from: "elsewhere"; permissions: Permissions };

/** What is known of a bucket. */
export interface Known {
  grants: readonly Grant[];
  /** What the bucket gives everybody. */
  public: Permissions;
  /** The most that anybody may do. */
  ceiling: Permissions;
  /** What each subject can do, as the server says it; `null` where the reader is not told. */
  held: readonly Held[] | null;
}

/** Answers why somebody may do something in a bucket. */
export class Sources {
  readonly ceiling: Permissions;
  /** What the project gives every user beyond what is given here; `null` where it is not known. */
  readonly byProject: Permissions | null;
  private readonly known: Known;
  private readonly now: Date;
  private readonly grants = new Map<string, Grant[]>();
  private readonly held = new Map<string, Held>();

  constructor(known: Known, now: Date) {
    this.known = known;
    this.now = now;
    this.ceiling = known.ceiling;
    for (const grant of known.grants) {
      const of = this.grants.get(nameOf(grant));
      if (of === undefined) this.grants.set(nameOf(grant), [grant]);
      else of.push(grant);
    }
    for (const held of known.held ?? []) this.held.set(nameOf(held), held);
    const everybody = this.held.get(nameOf({ kind: "authenticated", subject: "*" }))?.permissions;
    const given = this.given({ kind: "authenticated", subject: "*" }, { prefix: "", prefixKind: "literal" }, []);
    this.byProject = known.held === null ? null : without(setOf(everybody ?? []), sum(given));
  }

  /** Every source of permissions of a subject at a place. The ceiling is not yet taken off. `groups` are those that a user is known to be in. */
  of(subject: Subject, place: Place, groups: readonly Subject[] = []): Source[] {
    const sources = this.given(subject, place, groups);
    if (subject.kind !== "public" && this.byProject !== null && this.byProject.length > 0) {
      sources.push({ from: "project", permissions: this.byProject });
    }
    const rest = without(this.heldAt(subject, place), sum(sources));
    if (rest.length > 0) sources.push({ from: "elsewhere", permissions: rest });
    return sources;
  }

  /** What the sources come to under the ceiling. */
  effective(sources: readonly Source[]): Permissions {
    return common(sum(sources), this.ceiling);
  }

  private given(subject: Subject, place: Place, groups: readonly Subject[]): Source[] {
    const sources: Source[] = [];
    const add = (from: "direct" | "group" | "everybody", whom: Subject) => {
      for (const grant of this.grants.get(nameOf(whom)) ?? []) {
        const state = { start: grant.not_before ?? null, end: grant.expires_at ?? null };
        if (standing(state, this.now) !== "acts" || !covers(grant, place, subject)) continue;
        sources.push({ from, permissions: setOf(grant.permissions), grant });
      }
    };
    add("direct", subject);
    groups.forEach((group) => add("group", group));
    const wider: Kind[] = subject.kind === "public" ? [] : subject.kind === "authenticated" ? ["public"] : ["authenticated", "public"];
    wider.forEach((kind) => add("everybody", { kind, subject: "*" }));
    if (this.known.public.length > 0) sources.push({ from: "bucket", permissions: this.known.public });
    return sources;
  }

  private heldAt(subject: Subject, place: Place): Permissions {
    const held = this.held.get(nameOf(subject));
    if (held === undefined) return [];
    const below = held.prefixes.filter((one) => {
      return covers({ prefix: one.prefix, prefix_kind: one.prefix_kind ?? "literal" }, place, subject);
    });
    return below.reduce<Permissions>((all, one) => union(all, setOf(one.permissions)), setOf(held.permissions));
  }
}

/** What sources come to, without the ceiling. */
export function sum(sources: readonly Source[]): Permissions {
  return sources.reduce<Permissions>((all, one) => union(all, one.permissions), []);
}

function nameOf({ kind, subject }: Subject): string {
  return `${kind}\n${subject}`;
}

const VARIABLE = /\$\{user(name)?\}/;

/** Whether a grant at a prefix covers all of a place, as far as a subject is concerned. */
export function covers(grant: Pick<Grant, "prefix" | "prefix_kind">, place: Place, subject: Subject): boolean {
  const isTemplate = grant.prefix_kind === "template";
  if (place.prefixKind === "template" && subject.kind !== "user") {
    if (isTemplate) return place.prefix.startsWith(grant.prefix);
    return beforeVariable(place.prefix).startsWith(grant.prefix);
  }
  const wanted = place.prefixKind === "template" ? prefixFor(place.prefix, subject) : place.prefix;
  const given = isTemplate ? prefixFor(grant.prefix, subject) : grant.prefix;
  return wanted !== null && given !== null && wanted.startsWith(given);
}

/** Whether a value may stand for a variable: a plain segment of a path. */
function isSegment(value: string): boolean {
  return !/^\.{1,2}$|[/\\\p{Cc}]|%2e|%2f|%5c/iu.test(value);
}

/** What a template is for a user. Nobody else has a prefix of their own. */
export function prefixFor(template: string, subject: Subject): string | null {
  if (subject.kind !== "user") return null;
  const variable = VARIABLE.exec(template)?.[0];
  const value = variable === "${username}" ? usernameOf(subject.subject) : subject.subject;
  return variable === undefined || value === null || !isSegment(value) ? null : template.replace(variable, () => value);
}

function beforeVariable(template: string): string {
  return template.slice(0, template.search(VARIABLE));
}
