import { useQuery } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { all, pageAt } from "../api/pages";
import { maySeeRights } from "../keyboard/pages";
import { session, useSession } from "../session/session";
import { isRoot } from "../session/who";
import { knownAccounts } from "./names";

/** How many pages are read of lists of names that are only suggested. */
const SUGGESTED_PAGES = 3;
const NONE: readonly string[] = [];

/**
 * The ids of users that are known, to choose from. The application is told whom grants, member lists and accounts name, and
 * what accounts are called is learnt by it; others know the accounts that what they looked at named.
 */
export function useUsers(): readonly string[] {
  const isTold = useIsTold();
  const told = useQuery({ queryKey: ["users"], queryFn: readUsers, enabled: isTold }).data ?? NONE;
  return isTold ? told : knownAccounts();
}

/** The groups that Cargo keeps, to choose from. For the application; others are told none. */
export function useGroups(): readonly string[] {
  const isTold = useIsTold();
  return useQuery({ queryKey: ["groups"], queryFn: readGroups, enabled: isTold }).data ?? NONE;
}

function useIsTold(): boolean {
  const now = useSession();
  return now !== null && isRoot(now) && maySeeRights(now);
}

async function readUsers(): Promise<string[]> {
  const page = async (token: string | undefined) => data(await api.GET("/v1/users", { params: { query: pageAt(token) } }));
  const [users, accounts] = await Promise.all([all(page, SUGGESTED_PAGES), readAccounts()]);
  return [...new Set([...users.items.map((one) => one.id), ...accounts])];
}

/** The ids of accounts of this server, for whoever may look at them. */
async function readAccounts(): Promise<string[]> {
  if (!(session()?.who.scopes ?? []).includes("accounts:read")) return [];
  const page = async (token: string | undefined) => data(await api.GET("/v1/accounts", { params: { query: pageAt(token) } }));
  const accounts = await all(page, SUGGESTED_PAGES).catch(() => null);
  return accounts?.items.map((one) => one.id) ?? [];
}

async function readGroups(): Promise<string[]> {
  const page = async (token: string | undefined) => data(await api.GET("/v1/groups", { params: { query: pageAt(token) } }));
  return (await all(page, SUGGESTED_PAGES)).items.map((one) => one.name);
}
