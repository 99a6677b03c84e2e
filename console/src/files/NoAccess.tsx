import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";

import { useSession } from "../session/session";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { addressOf } from "./names";

const words = text.files;

/** What stands where somebody holds nothing: whom to ask, and which folders of the bucket are open to them. */
export function NoAccess({ bucket, open }: { bucket: string; open: readonly string[] }) {
  const session = useSession();
  return (
    <Empty title={words.noAccess} icon={<Lock aria-hidden />}>
      {open.length === 0 ? null : (
        <>
          <p>{words.openHere}</p>
          <ul className="plain">
            {open.map((prefix) => (
              <li key={prefix}>
                <Link to="/b/$bucket/$" params={{ bucket, _splat: addressOf(prefix) }}>
                  {prefix}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      <p>{words.noAccessHint}</p>
      <code>{session?.who.id}</code>
    </Empty>
  );
}
