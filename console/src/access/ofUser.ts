import { inTurns } from "../files/inTurns";
import { now } from "../session/clock";
import type { Subject } from "../users/subjects";
import type { Grant } from "./grant";
import { setOf, type Permissions } from "../permissions";
import {
  readBucket,
  readBuckets,
  readGrantsFor,
  readGrantsOfUser,
  readGrantsTo,
  readGroupsOf,
  readHeld,
  readOwnRights,
  readRightsOf,
  type Rights,
} from "./read";
import { prefixFor, Sources, type Held } from "./sources";

/** What a user may do in a bucket, and what is known of why. */
export interface InBucket {
  bucket: string;
  rights: Rights;
  sources: Sources;
  grants: readonly Grant[];
}

/** What a user may do, as far as the reader is told. */
export interface OfUser {
  buckets: InBucket[];
  /** The groups that Cargo keeps and that the user is in; `null` where the reader is not told. */
  groups: string[] | null;
}

/** How many buckets are read at a time. */
const AT_ONCE = 4;
const ALL: Permissions = setOf(["read", "write", "delete", "admin"]);

/** Everything, for the application. */
export async function readAsApplication(user: string): Promise<OfUser> {
  const [rights, groups, own, ...everybody] = await Promise.all([
    readRightsOf(user),
    readGroupsOf(user),
    readGrantsOfUser(user),
    readGrantsTo("authenticated", "*"),
    readGrantsTo("public", "*"),
  ]);
  const grants = [...own, ...everybody.flat()];
  await inTurns(groups, AT_ONCE, async (group) => void grants.push(...(await readGrantsTo("group", group))));
  return { buckets: await together(user, rights, grants), groups };
}

/** Of oneself: the own grants are told, those to groups and to everybody are not. */
export async function readAsSelf(user: string, bucket?: string): Promise<OfUser> {
  const [rights, grants] = await Promise.all([readOwnRights(bucket), readGrantsOfUser(user)]);
  return { buckets: await together(user, rights, grants), groups: null };
}

/** Of another, for an admin: in the buckets that the admin administers. Grants to groups are not read: the admin is not told who is in them. */
export async function readAsAdmin(user: string): Promise<OfUser> {
  const whom = { kind: "user", subject: user } as const;
  const everybody = { kind: "authenticated" } as const;
  const all = (await readOwnRights()).filter((one) => one.permissions.includes("admin"));
  const buckets: InBucket[] = [];
  await inTurns(all, AT_ONCE, async ({ bucket }) => {
    const [given, shown, rules] = await Promise.all([
      Promise.all([whom, everybody, { kind: "public" } as const].map((one) => readGrantsFor(bucket, one))),
      Promise.all([whom, everybody].map((one) => readHeld(bucket, null, one))),
      readBucket(bucket),
    ]);
    const [grants, held] = [given.flat(), shown.flat()];
    const own = heldBy(whom, held);
    const facts = { grants, public: setOf(rules.public_permissions), ceiling: setOf(rules.ceiling) };
    const rights = { bucket, permissions: own.permissions, prefixes: own.prefixes };
    buckets.push({ bucket, rights, sources: new Sources({ ...facts, held: [...held, own] }, now()), grants });
  });
  return { buckets: buckets.sort((one, other) => (one.bucket < other.bucket ? -1 : 1)), groups: null };
}

/** What a user holds; whom no grant and no group names holds what everybody does who signed in. */
function heldBy(whom: Subject, held: readonly Held[]): Held {
  const own = held.find((one) => one.kind === "user" && one.subject === whom.subject);
  if (own !== undefined) return own;
  const all = held.find((one) => one.kind === "authenticated");
  const prefixes = (all?.prefixes ?? []).flatMap((one) => {
    const prefix = one.prefix_kind === "template" ? prefixFor(one.prefix, whom) : one.prefix;
    return prefix === null ? [] : [{ prefix, permissions: one.permissions }];
  });
  return { ...whom, permissions: all?.permissions ?? [], prefixes };
}

async function together(user: string, rights: readonly Rights[], grants: readonly Grant[]): Promise<InBucket[]> {
  const rules = new Map((await readBuckets()).map((one) => [one.name, one]));
  const named = new Set([...rights.map((one) => one.bucket), ...grants.filter((one) => one.kind === "user").map((one) => one.bucket)]);
  return [...named].sort().map((bucket) => {
    const own = rights.find((one) => one.bucket === bucket) ?? { bucket, permissions: [], prefixes: [] };
    const here = grants.filter((one) => one.bucket === bucket);
    const rule = rules.get(bucket);
    const facts = { grants: here, public: setOf(rule?.public_permissions ?? []), ceiling: setOf(rule?.ceiling ?? ALL) };
    const held: Held = { kind: "user", subject: user, permissions: own.permissions, prefixes: own.prefixes };
    return { bucket, rights: own, sources: new Sources({ ...facts, held: [held] }, now()), grants: here };
  });
}
