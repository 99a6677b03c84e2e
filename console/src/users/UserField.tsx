import type { ComponentProps } from "react";

import { Suggest } from "../ui/Suggest";
import { nameAndIdOf, userOf } from "./names";
import { useUsers } from "./read";

type Props = Omit<ComponentProps<typeof Suggest>, "options">;

/** Asks for a user. Accounts are suggested by their usernames; what it holds is the id. */
export function UserField(props: Props) {
  const options = useUsers().map(nameAndIdOf);
  return (
    <Suggest {...props} options={options} value={nameAndIdOf(props.value)} onChange={(chosen) => props.onChange(userOf(chosen))} />
  );
}
