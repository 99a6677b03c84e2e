import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { session } from "../session/session";
import type { Grant } from "./grant";
import type { Held } from "./sources";
import { learnNames, suggestionOf } from "./usernames";

type Bucket = components["schemas"]["Bucket"];
type Member = components["schemas"]["Member"];
export type Rights = components["schemas"]["BucketPermissions"];

const PAGE = 1000;
/** How many pages are read of lists of names that are only suggested. */
const SUGGESTED_PAGES = 3;

interface Page<T> {
  items: T[];
  next_page_token?: string | null;
  revision?: string | null;
}

/** All pages of a listing, and the revision that it was read at. */
async function all<T extends object>(page: (token: string | undefined) => Promise<Page<T>>, most = Infinity): Promise<{ items: T[]; revision: string | null }> {
  const items: T[] = [];
  let [token, revision, count]: [string | undefined, string | null, number] = [undefined, null, 0];
  do {
    const next: Page<T> = await page(token);
    learnNames(next.items);
    items.push(...next.items);
    revision ??= next.revision ?? null;
    token = next.next_page_token ?? undefined;
    count += 1;
  } while (token !== undefined && count < most);
  return { items, revision };
}

function window(token: string | undefined) {
  return { page_size: PAGE, ...(token === undefined ? {} : { page_token: token }) };
}

/** The grants of a bucket that the reader administers, now or at an instant. */
export function readGrants(bucket: string, at: string | null): Promise<{ items: Grant[]; revision: string | null }> {
  return all(async (token) => {
    const query = { ...window(token), ...(at === null ? {} : { at }) };
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
    const query = { ...window(token), ...whom };
    return data(await api.GET("/v1/buckets/{bucket}/grants", { params: { path: { bucket }, query } }));
  });
  return items;
}

/** What each subject can do in a bucket, all sources together; or what one user or kind can. For admins of all of it. */
export async function readHeld(bucket: string, at: string | null, whom?: Whom): Promise<Held[]> {
  const { items } = await all<Held>(async (token) => {
    const query = { ...window(token), ...(at === null ? {} : { at }), ...whom };
    return data(await api.GET("/v1/buckets/{bucket}/access", { params: { path: { bucket }, query } }));
  });
  return items;
}

export async function readBucket(bucket: string): Promise<Bucket> {
  return data(await api.GET("/v1/buckets/{bucket}", { params: { path: { bucket } } }));
}

/** The buckets that the reader holds something in; the application's own. */
export async function readBuckets(): Promise<Bucket[]> {
  const { items } = await all<Bucket>(async (token) => data(await api.GET("/v1/buckets", { params: { query: window(token) } })));
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
    return data(await api.GET("/v1/users/{user}/grants", { params: { path: { user }, query: window(token) } }));
  });
  return items;
}

/** The grants of the project that name a group, or everybody. For the application. */
export async function readGrantsTo(kind: Exclude<Grant["kind"], "user">, subject: string): Promise<Grant[]> {
  const { items } = await all<Grant>(async (token) => {
    return data(await api.GET("/v1/grants", { params: { query: { ...window(token), kind, subject } } }));
  });
  return items;
}

/** The groups whose member lists name a user. For the application. */
export async function readGroupsOf(user: string): Promise<string[]> {
  let token: string | undefined;
  do {
    const page = data(await api.GET("/v1/users", { params: { query: window(token) } }));
    const found = page.items.find((one) => one.id === user);
    if (found !== undefined) return found.groups;
    token = page.next_page_token ?? undefined;
  } while (token !== undefined);
  return [];
}

/** The members of a group that Cargo keeps. For the application. */
export async function readMembers(group: string): Promise<Member[]> {
  const { items } = await all<Member>(async (token) => {
    return data(await api.GET("/v1/groups/{group}/members", { params: { path: { group }, query: window(token) } }));
  });
  return items;
}

/** The ids of accounts of this server, for whoever may look at them. */
async function readAccounts(): Promise<string[]> {
  if (!(session()?.who.scopes ?? []).includes("accounts:read")) return [];
  const page = async (token: string | undefined) => data(await api.GET("/v1/accounts", { params: { query: window(token) } }));
  const accounts = await all(page, SUGGESTED_PAGES).catch(() => null);
  return accounts?.items.map((one) => one.id) ?? [];
}

/** Users and groups that are known, to choose from. For the application. */
export async function readNames(): Promise<{ users: string[]; groups: string[] }> {
  const users = await all(async (token) => data(await api.GET("/v1/users", { params: { query: window(token) } })), SUGGESTED_PAGES);
  const groups = await all(async (token) => data(await api.GET("/v1/groups", { params: { query: window(token) } })), SUGGESTED_PAGES);
  const ids = new Set([...users.items.map((one) => one.id), ...(await readAccounts())]);
  return { users: [...ids].map(suggestionOf), groups: groups.items.map((one) => one.name) };
}
