import { useMutation, useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";

import type { components } from "../api/schema";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { instantOf, localOf } from "../ui/times";
import { Trouble } from "../ui/Trouble";
import { useFlawOfUser } from "../users/flaw";
import { useHintOfUser } from "../users/hint";
import { UserField } from "../users/UserField";
import { putMember } from "./read";

const words = text.access.group;

interface Props {
  group: string;
  members: readonly components["schemas"]["Member"][];
  missing: string | null;
}

/** Asks whom to add to a group, and until when; of who is a member already, until when instead. */
export function AddMember({ group, members, missing }: Props) {
  const queries = useQueryClient();
  const [user, setUser] = useState("");
  /** The end that was written; until one is, it is the one that a member has. */
  const [written, setWritten] = useState<string | null>(null);
  const [isTried, setTried] = useState(false);
  const whom = user.trim();
  const flaw = useFlawOfUser(whom);
  const hint = useHintOfUser(whom);
  const known = members.find((one) => one.user === whom);
  const there = known?.expires_at ?? null;
  const end = written ?? localOf(there);
  const adding = useMutation({
    mutationFn: () => putMember(group, whom, instantOf(end, there)),
    onSuccess: () => {
      setUser("");
      setWritten(null);
    },
    // What somebody may do has changed with the groups that they are in.
    onSettled: () => void queries.invalidateQueries(),
  });
  return (
    <>
      {adding.isError ? <Trouble error={adding.error} /> : null}
      <Form
        className="add-member"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(flaw !== null);
          if (flaw === null && missing === null && !adding.isPending) adding.mutate();
        }}
      >
        <UserField
          label={text.access.form.user}
          hint={known === undefined ? hint : words.known}
          value={user}
          onChange={setUser}
          error={isTried ? flaw : null}
        />
        <Field label={text.access.form.end} hint={text.access.form.endHint} type="datetime-local" value={end} onChange={setWritten} />
        <Button type="submit" look="main" missing={missing} isPending={adding.isPending}>
          <UserPlus aria-hidden /> {known === undefined ? words.add : words.change}
        </Button>
      </Form>
    </>
  );
}
