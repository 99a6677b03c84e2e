import { Lock } from "lucide-react";

import { useSession } from "../session/session";
import { isRoot } from "../session/who";
import { text } from "../text";
import { Empty } from "./Empty";

/** What stands on a page that is not for who signed in. */
export function Denied() {
  const session = useSession();
  return (
    <Empty title={text.denied.title} icon={<Lock aria-hidden />}>
      <p>{session !== null && isRoot(session) ? text.denied.keyHint : text.denied.hint}</p>
      <code>{session?.who.id}</code>
    </Empty>
  );
}
