import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldOff } from "lucide-react";

import { useSession } from "../session/session";
import { isRoot } from "../session/who";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { Trouble } from "../ui/Trouble";
import { useFlawOfUser } from "../users/flaw";
import { nameAndIdOf } from "../users/names";
import { Crumbs } from "./Crumbs";
import { readAsAdmin, readAsApplication } from "./ofUser";
import { OwnRights } from "./OwnRights";
import { Rights } from "./Rights";
import { rowsOfUser } from "./userRows";

const words = text.access;

/** What a user may do, and why. */
export function UserAccess({ user }: { user: string }) {
  const session = useSession();
  const root = session !== null && isRoot(session);
  if (!root && session?.who.id === user) {
    return (
      <>
        <Crumbs last={nameAndIdOf(user)} />
        <h2>{words.user.own}</h2>
        <OwnRights />
      </>
    );
  }
  return <Other user={user} isApplication={root} />;
}

function Other({ user, isApplication }: { user: string; isApplication: boolean }) {
  const known = useQuery({
    queryKey: ["user", user, isApplication],
    queryFn: () => (isApplication ? readAsApplication(user) : readAsAdmin(user)),
  });
  // What stands below is of nobody, where somebody gave a username for an id.
  const flaw = useFlawOfUser(user);
  const rows = known.data === undefined ? [] : rowsOfUser(user, known.data);
  return (
    <>
      <Crumbs last={nameAndIdOf(user)} />
      <h2>{words.user.title(nameAndIdOf(user))}</h2>
      {known.isError ? <Trouble error={known.error} onRetry={() => void known.refetch()} /> : null}
      {flaw === null || !known.isSuccess ? null : <div className="notice">{flaw}</div>}
      {isApplication ? null : <p className="soft small">{words.user.limited}</p>}
      {known.data?.groups == null ? null : <Groups groups={known.data.groups} />}
      {known.isSuccess && rows.length === 0 ? (
        <Empty title={words.user.nothing(nameAndIdOf(user))} icon={<ShieldOff aria-hidden />}>
          <p>{words.user.nothingHint}</p>
        </Empty>
      ) : known.isError ? null : (
        <Rights
          label={words.user.title(nameAndIdOf(user))}
          heads={[words.columns.bucket, words.columns.place]}
          rows={rows}
          isPending={known.isPending}
        />
      )}
    </>
  );
}

function Groups({ groups }: { groups: string[] }) {
  if (groups.length === 0) return <p className="soft small">{words.user.noGroups}</p>;
  return (
    <p className="groups">
      {words.user.memberOf}{" "}
      {groups.map((group, at) => (
        <span key={group}>
          {at === 0 ? "" : ", "}
          <Link to="/access" search={{ group }}>
            {group}
          </Link>
        </span>
      ))}
    </p>
  );
}
