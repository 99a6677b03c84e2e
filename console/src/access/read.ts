import { api, data, done } from "../api/client";
import { all, pageAt } from "../api/pages";
import type { components } from "../api/schema";
import type { Grant } from "./grant";
import type { Held } from "./sources";

type Bucket = components["schemas"]["Bucket"];
type Member = components["schemas"]["Member"];
export type Rights = components["schemas"]["BucketPermissions"];

/** The grants of a bucket that the reader administers, now or at an instant. */
export function readGrants(bucket: string, at: string | null): Promise<{ items: Grant[]; revision: string | null }> {
  return all(async (token) => {
    const query = { ...pageAt(token), ...(at === null ? {} : { at }) };
    return data(await api.GET("/v1/buckets/{bucket}/grants", { params: { path: { bucket }, query } }));
  });
}

/** The revision of the project: another one says that the grants may have changed. */
export async function readRevision(bucket: string): Promise<string | null> {
  const params = { path: { bucket }, query: { page_size: 1 } };
  return data(await api.GET("/v1/buckets/{bucket}/grants", { params })).revision ?? null;
}

/** Whom a listing is about: a user, or all subjects of a kind. */
type Whom = { kind: "user"; subject: string } | { kind: "authenticated" | "public" };

/** The grants of a bucket that the reader administers, to one user or kind. */
export async function readGrantsFor(bucket: string, whom: Whom): Promise<Grant[]> {
  const { items } = await all(async (token) => {
    const query = { ...pageAt(token), ...whom };
    return data(await api.GET("/v1/buckets/{bucket}/grants", { params: { path: { bucket }, query } }));
  });
  return items;
}

/** What each subject can do in a bucket, all sources together; or what one user or kind can. For admins of all of it. */
export async function readHeld(bucket: string, at: string | null, whom?: Whom): Promise<Held[]> {
  const { items } = await all<Held>(async (token) => {
    const query = { ...pageAt(token), ...(at === null ? {} : { at }), ...whom };
    return data(await api.GET("/v1/buckets/{bucket}/access", { params: { path: { bucket }, query } }));
  });
  return items;
}

export async function readBucket(bucket: string): Promise<Bucket> {
  return data(await api.GET("/v1/buckets/{bucket}", { params: { path: { bucket } } }));
}

/** The buckets that the reader holds something in; the application's own. */
export async function readBuckets(): Promise<Bucket[]> {
  const { items } = await all<Bucket>(async (token) => data(await api.GET("/v1/buckets", { params: { query: pageAt(token) } })));
  return items;
}

/** What the reader may do. */
export async function readOwnRights(bucket?: string): Promise<Rights[]> {
  const query = bucket === undefined ? {} : { bucket };
  return data(await api.GET("/v1/permissions", { params: { query } })).items;
}

/** What a user may do: of oneself, or for the application. */
export async function readRightsOf(user: string): Promise<Rights[]> {
  return data(await api.GET("/v1/users/{user}/permissions", { params: { path: { user } } })).items;
}

/** The grants that name a user: of oneself, or for the application. */
export async function readGrantsOfUser(user: string): Promise<Grant[]> {
  const { items } = await all<Grant>(async (token) => {
    return data(await api.GET("/v1/users/{user}/grants", { params: { path: { user }, query: pageAt(token) } }));
  });
  return items;
}

/** The grants of the project that name a group, or everybody. For the application. */
export async function readGrantsTo(kind: Exclude<Grant["kind"], "user">, subject: string): Promise<Grant[]> {
  const { items } = await all<Grant>(async (token) => {
    return data(await api.GET("/v1/grants", { params: { query: { ...pageAt(token), kind, subject } } }));
  });
  return items;
}

/** The groups whose member lists name a user. For the application. */
export async function readGroupsOf(user: string): Promise<string[]> {
  let token: string | undefined;
  do {
    const page = data(await api.GET("/v1/users", { params: { query: pageAt(token) } }));
    const found = page.items.find((one) => one.id === user);
    if (found !== undefined) return found.groups;
    token = page.next_page_token ?? undefined;
  } while (token !== undefined);
  return [];
}

/** The members of a group that Cargo keeps. For the application. */
export async function readMembers(group: string): Promise<Member[]> {
  const { items } = await all<Member>(async (token) => {
    return data(await api.GET("/v1/groups/{group}/members", { params: { path: { group }, query: pageAt(token) } }));
  });
  return items;
}

/** Makes a user a member of a group, or changes until when they are one. For the application. */
export async function putMember(group: string, user: string, end: string | null): Promise<void> {
  data(await api.PUT("/v1/groups/{group}/members/{user}", { params: { path: { group, user } }, body: { expires_at: end } }));
}

/** Takes a user out of a group. For the application. */
export async function removeMember(group: string, user: string): Promise<void> {
  done(await api.DELETE("/v1/groups/{group}/members/{user}", { params: { path: { group, user } } }));
}
