/** What accounts of this server are called, as far as lists said it. The id of an account is never given to another. */
const known = new Map<string, string>();

/** Learns the names in a list. */
export function learnNames(items: readonly { subject?: string; id?: string; username?: string | null }[]): void {
  for (const { subject, id, username } of items) {
    const user = subject ?? id;
    if (user !== undefined && username != null) known.set(user, username);
  }
}

/** Forgets all names: whoever signs in next may not be told them. */
export function forgetNames(): void {
  known.clear();
}

/** What the account of a user is called; `null` for users of other auth services. */
export function usernameOf(user: string): string | null {
  return known.get(user) ?? null;
}

/** A user, for people: the username of an account, else the id. */
export function nameOfUser(user: string): string {
  return usernameOf(user) ?? user;
}

/** The user that an actor of the API is (`user:…`); `null` for keys, operators and nobody. */
export function userIn(actor: string): string | null {
  return actor.startsWith("user:") ? actor.slice("user:".length) : null;
}

/** Who did something, for people: a user by name, others as the API says it. */
export function nameOfActor(actor: string): string {
  const user = userIn(actor);
  return user === null ? actor : nameOfUser(user);
}

/** A text of the server with usernames in place of the ids of accounts: `user:ID`, `user ID`, or an id and nothing else. */
export function withUsernames(text: string): string {
  return usernameOf(text) ?? text.replace(/\b(user[: ])([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\b/g, (_, kind: string, id: string) => kind + nameOfUser(id));
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
