import { AccountSign } from "./AccountSign";
import { userIn, usernameOf } from "./names";

/**
 * Who asked, as the API says it. An account is called by its username, with a sign that nothing else has: a user of another
 * auth service may have that name for an id, and an account may be called `nobody`.
 */
export function Actor({ actor }: { actor: string }) {
  const user = userIn(actor);
  const username = user === null ? null : usernameOf(user);
  if (username === null) return actor;
  return (
    <span className="account" title={actor}>
      <AccountSign /> {username}
    </span>
  );
}
