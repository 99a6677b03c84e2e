import { nameAndIdOf, userIn, usernameOf, userOf } from "../users/names";

/** An actor as a list of suggestions has them: an account by its username, with its id. */
export function suggestedActor(actor: string): string {
  const user = userIn(actor) ?? actor;
  return usernameOf(user) === null ? actor : nameAndIdOf(user);
}

/** The actor whom somebody chose from the suggestions, or gave. */
export function actorOf(chosen: string): string {
  const user = userOf(chosen);
  return user === chosen ? chosen : `user:${user}`;
}
