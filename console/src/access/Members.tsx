import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2, UserPlus } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";

import type { components } from "../api/schema";
import { moment, utc } from "../files/format";
import { useSession } from "../session/session";
import { hasScope } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { nameOfUser } from "../users/names";
import { UserField } from "../users/UserField";
import { standing } from "./grant";
import { putMember, readMembers, removeMember } from "./read";
import { instantOf, localOf } from "../ui/times";
import { WhoLink } from "./WhoLink";

type Member = components["schemas"]["Member"];

const words = text.access.group;

/** Who is in a group that Cargo keeps, and until when. For the application, which may change it. */
export function Members({ group }: { group: string }) {
  const session = useSession();
  const queries = useQueryClient();
  const members = useQuery({ queryKey: ["members", group], queryFn: () => readMembers(group) });
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const missing = session !== null && hasScope(session, "grants:write") ? null : text.access.noScope;
  const change = async (user: string, act: () => Promise<void>): Promise<boolean> => {
    setBusy(user);
    setError(null);
    try {
      await act();
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    } finally {
      setBusy(null);
      // What somebody may do has changed with the groups that they are in.
      await queries.invalidateQueries();
    }
  };
  if (members.isError) return <Trouble error={members.error} onRetry={() => void members.refetch()} />;
  if (members.isPending) return <div className="skeleton" aria-busy />;
  return (
    <>
      {error === null ? null : <Trouble error={error} />}
      {members.data.length === 0 ? <p className="soft">{words.noMembers}</p> : null}
      <ul className="members" aria-label={words.members}>
        {members.data.map((member) => (
          <MemberLine
            key={member.user}
            member={member}
            missing={missing}
            isBusy={busy === member.user}
            onRemove={() => void change(member.user, () => removeMember(group, member.user))}
          />
        ))}
      </ul>
      <AddMember
        members={members.data}
        missing={missing}
        isBusy={busy !== null}
        onAdd={(user, end) => change(user, () => putMember(group, user, end))}
      />
    </>
  );
}

interface LineProps {
  member: Member;
  missing: string | null;
  isBusy: boolean;
  onRemove: () => void;
}

/** A member. Who takes somebody out presses twice. */
function MemberLine({ member: { user, expires_at }, missing, isBusy, onRemove }: LineProps) {
  const [isSure, setSure] = useState(false);
  const end = expires_at == null ? null : new Date(expires_at);
  const hasEnded = standing({ start: null, end: expires_at ?? null }, new Date()) === "ended";
  return (
    <li>
      <WhoLink kind="user" subject={user} />
      {end === null ? null : (
        <span className="soft" title={utc(end)}>
          {(hasEnded ? words.ended : words.until)(moment(end))}
        </span>
      )}
      {isSure ? (
        <Button size="small" look="risky" isPending={isBusy} onPress={onRemove}>
          {words.sure}
        </Button>
      ) : (
        <Button size="icon" look="bare" label={words.remove(nameOfUser(user))} missing={missing} onPress={() => setSure(true)}>
          <Trash2 aria-hidden />
        </Button>
      )}
    </li>
  );
}

interface AddProps {
  members: readonly Member[];
  missing: string | null;
  isBusy: boolean;
  /** Answers whether it is done. */
  onAdd: (user: string, end: string | null) => Promise<boolean>;
}

/** Asks whom to add, and until when; of who is a member already, until when instead. */
function AddMember({ members, missing, isBusy, onAdd }: AddProps) {
  const [user, setUser] = useState("");
  const [end, setEnd] = useState("");
  const [isTried, setTried] = useState(false);
  const whom = user.trim();
  const known = members.find((one) => one.user === whom);
  const submit = async () => {
    setTried(whom === "");
    if (whom === "" || missing !== null || isBusy) return;
    if (!(await onAdd(whom, instantOf(end, known?.expires_at ?? null)))) return;
    setUser("");
    setEnd("");
  };
  const choose = (next: string) => {
    setUser(next);
    // The end of who is a member already is the one that there is.
    const there = members.find((one) => one.user === next.trim());
    if (there !== undefined) setEnd(localOf(there.expires_at ?? null));
  };
  return (
    <Form
      className="add-member"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <UserField
        label={text.access.form.user}
        hint={known === undefined ? text.access.form.userHint : words.known}
        value={user}
        onChange={choose}
        error={isTried && whom === "" ? text.access.form.flaws.subject : null}
      />
      <Field label={text.access.form.end} hint={text.access.form.endHint} type="datetime-local" value={end} onChange={setEnd} />
      <Button type="submit" look="main" missing={missing} isPending={isBusy}>
        <UserPlus aria-hidden /> {known === undefined ? words.add : words.change}
      </Button>
    </Form>
  );
}
