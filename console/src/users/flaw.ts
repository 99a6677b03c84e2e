import { text } from "../text";
import { accountCalled, hasIdBehind, nameAndIdOf, usernameOf } from "./names";
import { useUsers } from "./read";

const words = text.users.flaws;
/**
 * What is wrong with what stands in a field for a user; `null` if nothing is. A username alone would be the id of another
 * auth service's user, who need not be meant: it is taken where a user of that id is among the `ids` that are known.
 */
export function flawOfUser(user: string, ids: readonly string[]): string | null {
  if (user === "") return words.nobody;
  if (hasIdBehind(user)) return words.idAlone;
  if (ids.includes(user) || usernameOf(user) !== null) return null;
  const account = accountCalled(user);
  return account === null ? null : words.choose(nameAndIdOf(account), user);
}

/** {@link flawOfUser}, in a component that knows the users there are. */
export function useFlawOfUser(user: string): string | null {
  const ids = useUsers();
  return flawOfUser(user, ids);
}
