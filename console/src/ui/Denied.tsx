import { Lock } from "lucide-react";

import { useSession } from "../session/session";
import { text } from "../text";
import { Empty } from "./Empty";

/** What stands on a page that is not for who signed in. */
export function Denied() {
  const session = useSession();
  return (
    <Empty title={text.denied.title} icon={<Lock aria-hidden />}>
      <p>{text.denied.hint}</p>
      <code>{session?.who.id}</code>
    </Empty>
  );
}
