import { text } from "../text";
import { nameAndIdOf } from "./names";
import { useUsers } from "./read";

const words = text.users.hints;

/**
 * What a field for a user says of what stands in it: how to name somebody; of whom nobody known is called so, that it may be a
 * mistake. It is none where another auth service calls a user so.
 */
export function hintOfUser(user: string, ids: readonly string[]): string {
  const wanted = user.toLowerCase();
  const isKnown = ids.some((id) => nameAndIdOf(id).toLowerCase().includes(wanted));
  if (user !== "" && !isKnown) return words.unknown;
  return ids.length === 0 ? words.give : words.choose;
}

/** {@link hintOfUser}, in a component that knows the users there are. */
export function useHintOfUser(user: string): string {
  const ids = useUsers();
  return hintOfUser(user, ids);
}
