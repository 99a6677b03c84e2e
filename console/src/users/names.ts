/** What accounts of this server are called, as far as lists said it. The id of an account is never given to another. */
const known = new Map<string, string>();
/** Counts how often all names were forgotten: what was asked for before is not learnt after it. */
let forgotten = 0;

/** Something that a list names: a user or an account, with its username if it has one. */
interface Named {
  subject?: string;
  id?: string;
  username?: string | null;
}

/** Learns the names in a list. */
export function learnNames(items: readonly Named[]): void {
  for (const { subject, id, username } of items) {
    const user = subject ?? id;
    if (user !== undefined && username != null) known.set(user, username);
  }
}

/**
 * Answers what learns the names in an answer that is asked for now. It learns nothing once all names are forgotten: an answer
 * that is late teaches nothing to whoever signs in next.
 */
export function learnerOfNames(): (items: readonly Named[]) => void {
  const since = forgotten;
  return (items) => {
    if (since === forgotten) learnNames(items);
  };
}

/** Forgets all names: whoever signs in next may not be told them. */
export function forgetNames(): void {
  known.clear();
  forgotten += 1;
}

/** What the account of a user is called; `null` for users of other auth services. */
export function usernameOf(user: string): string | null {
  return known.get(user) ?? null;
}

/** The ids of the accounts whose usernames are known. */
export function knownAccounts(): readonly string[] {
  return [...known.keys()];
}

/** The account of a username, whose upper and lower case are one; `null` if none is known. */
export function accountCalled(username: string): string | null {
  const wanted = username.toLowerCase();
  return [...known].find(([, name]) => name === wanted)?.[0] ?? null;
}

/**
 * A user within a text: an account by its username, with its id; others by their id. The id is in it because another auth
 * service may have a user whose id is the username of an account.
 */
export function nameAndIdOf(user: string): string {
  const username = usernameOf(user);
  return username === null ? user : `${username} (${user})`;
}

/** The user that an actor of the API is (`user:…`); `null` for keys, operators and nobody. */
export function userIn(actor: string): string | null {
  return actor.startsWith("user:") ? actor.slice("user:".length) : null;
}

/** A text of the server with usernames beside the ids of accounts: of `user:ID`, of `user ID`, or of an id and nothing else. */
export function withUsernames(text: string): string {
  if (usernameOf(text) !== null) return nameAndIdOf(text);
  const ids = /\b(user[: ])([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\b/g;
  return text.replace(ids, (_, kind: string, id: string) => kind + nameAndIdOf(id));
}

/** The user whom somebody chose from the suggestions, or whose id they gave. */
export function userOf(chosen: string): string {
  const said = chosen.trim();
  const id = /\(([^()]+)\)$/.exec(said)?.[1];
  return id !== undefined && said === nameAndIdOf(id) ? id : chosen;
}

/**
 * Whether a text is a name with an id behind it, as {@link nameAndIdOf} writes accounts. Of an account that is not known here
 * it is no id, but the server would take it for one.
 */
export function hasIdBehind(user: string): boolean {
  return /\([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\)$/i.test(user.trim());
}
