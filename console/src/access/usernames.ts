import { api } from "../api/client";
import { session } from "../session/session";

/** What accounts of this server are called, as far as lists said it. Ids are never given to another account. */
const known = new Map<string, string>();

/** Learns the names in a list. */
export function learnNames(items: readonly { subject?: string; id?: string; username?: string | null }[]): void {
  for (const { subject, id, username } of items) {
    const user = subject ?? id;
    if (user !== undefined && username != null) known.set(user, username);
  }
}

/** What the account of a user is called; `null` for users of other auth services. */
export function usernameOf(user: string): string | null {
  return known.get(user) ?? null;
}

/**
 * The user whom somebody means who gives a username or an id. An id is never a username. Who may not look at accounts
 * gets what they gave, unless a list had the name.
 */
export async function userCalled(name: string): Promise<string> {
  for (const [user, username] of known) if (username === name) return user;
  const now = session();
  if (now === null || !(now.who.scopes ?? []).includes("accounts:read")) return name;
  const { data } = await api.GET("/v1/accounts", { params: { query: { search: name } } });
  const accounts = data?.items ?? [];
  learnNames(accounts);
  return accounts.find((one) => one.username === name)?.id ?? name;
}
