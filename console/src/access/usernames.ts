/** What accounts of this server are called, as far as lists said it. The id of an account is never given to another. */
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
 * A user as a list of suggestions has them. The id is in it: another auth service may have a user whose id is the username
 * of an account.
 */
export function suggestionOf(user: string): string {
  const username = usernameOf(user);
  return username === null ? user : `${username} (${user})`;
}

/** The user whom somebody chose from the suggestions, or whose id they gave. */
export function userOf(chosen: string): string {
  const id = /\(([^()]+)\)$/.exec(chosen)?.[1];
  return id !== undefined && chosen === suggestionOf(id) ? id : chosen;
}
