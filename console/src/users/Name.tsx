import { AccountSign } from "./AccountSign";
import { usernameOf } from "./names";
import { nameOf, type Subject } from "./subjects";

/** A subject, for people: an account by its username with a sign that nothing else has, others as they are. */
export function Name({ of }: { of: Subject }) {
  const username = of.kind === "user" ? usernameOf(of.subject) : null;
  if (username === null) return nameOf(of);
  return (
    <span className="account">
      <AccountSign /> {username}
    </span>
  );
}
