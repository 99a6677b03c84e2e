import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";

import type { components } from "../api/schema";
import { moment, utc } from "../files/format";
import { now } from "../session/clock";
import { useSession } from "../session/session";
import { hasScope } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Trouble } from "../ui/Trouble";
import { nameAndIdOf } from "../users/names";
import { AddMember } from "./AddMember";
import { standing } from "./grant";
import { readMembers } from "./read";
import { TakeOut } from "./TakeOut";
import { WhoLink } from "./WhoLink";

type Member = components["schemas"]["Member"];

const words = text.access.group;

/** Who is in a group that Cargo keeps, and until when. For the application, which may change it. */
export function Members({ group }: { group: string }) {
  const session = useSession();
  const members = useQuery({ queryKey: ["members", group], queryFn: () => readMembers(group) });
  /** Whom to take out is asked about. */
  const [asked, setAsked] = useState<string | null>(null);
  const missing = session !== null && hasScope(session, "grants:write") ? null : text.access.noScope;
  if (members.isError) return <Trouble error={members.error} onRetry={() => void members.refetch()} />;
  if (members.isPending) return <div className="skeleton" aria-busy />;
  return (
    <>
      {members.data.length === 0 ? <p className="soft">{words.noMembers}</p> : null}
      <ul className="members" aria-label={words.members}>
        {members.data.map((member) => (
          <MemberLine key={member.user} member={member} missing={missing} onRemove={() => setAsked(member.user)} />
        ))}
      </ul>
      <AddMember group={group} members={members.data} missing={missing} />
      {asked === null ? null : <TakeOut group={group} user={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function MemberLine(props: { member: Member; missing: string | null; onRemove: () => void }) {
  const { user, expires_at } = props.member;
  const end = expires_at == null ? null : new Date(expires_at);
  const hasEnded = standing({ start: null, end: expires_at ?? null }, now()) === "ended";
  return (
    <li>
      <WhoLink kind="user" subject={user} />
      {end === null ? null : (
        <span className="soft" title={utc(end)}>
          {(hasEnded ? words.ended : words.until)(moment(end))}
        </span>
      )}
      <Button size="icon" look="bare" label={words.remove(nameAndIdOf(user))} missing={props.missing} onPress={props.onRemove}>
        <Trash2 aria-hidden />
      </Button>
    </li>
  );
}
