import { CircleUser } from "lucide-react";

import { text } from "../text";

/** The sign that only accounts have: a user of another auth service may have the username of an account for an id. */
export function AccountSign() {
  return <CircleUser role="img" aria-label={text.users.account} />;
}
