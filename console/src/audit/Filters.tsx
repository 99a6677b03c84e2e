import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button as AriaButton, Disclosure, DisclosurePanel, Form } from "react-aria-components";

import { readBuckets } from "../buckets/Buckets";
import { isTyping } from "../keyboard/chord";
import { maySeeRights } from "../keyboard/pages";
import { useSession } from "../session/session";
import { text } from "../text";
import { OPERATIONS } from "../try/operations";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { Suggest } from "../ui/Suggest";
import { instantOf, localOf } from "../ui/times";
import { useNarrow } from "../ui/useNarrow";
import { useUsers } from "../users/read";
import { actorOf, suggestedActor } from "./actors";
import { OUTCOMES, searchOf, type Search } from "./filters";

const words = text.audit;
/** What is done most; any other action may be typed. */
const ACTIONS = [
  ...OPERATIONS.map((one) => `s3:${one.name}`),
  ...["grant.put", "grant.delete", "grant.patch", "bucket.put", "bucket.delete", "group.patch", "authenticate"],
];

interface Props {
  search: Search;
  onChange: (search: Search) => void;
}

/** The filters of the trail. They are applied together, by the button or Enter. */
export function Filters(props: Props) {
  const isNarrow = useNarrow();
  const [isOpen, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  if (!isNarrow) return <Fields {...props} />;
  // What is folded away has no focus.
  const fold = (next: Search) => {
    trigger.current?.focus();
    setOpen(false);
    props.onChange(next);
  };
  return (
    <Disclosure className="more" isExpanded={isOpen} onExpandedChange={setOpen}>
      <AriaButton ref={trigger} slot="trigger" className="button bare">
        <ChevronRight aria-hidden className="turns" /> {words.filtersOf(Object.keys(props.search).length)}
      </AriaButton>
      <DisclosurePanel>
        <Fields {...props} onChange={fold} />
      </DisclosurePanel>
    </Disclosure>
  );
}

function Fields({ search, onChange }: Props) {
  const [draft, setDraft] = useState(search);
  const said = JSON.stringify(search);
  const [begun, setBegun] = useState(said);
  // Another address begins with what it says. The fields stay, and with them the focus.
  if (begun !== said) {
    setBegun(said);
    setDraft(search);
  }
  const form = useRef<HTMLFormElement>(null);
  const session = useSession();
  const maySuggest = session !== null && maySeeRights(session);
  const buckets = useQuery({ queryKey: ["buckets", session?.who.id], queryFn: readBuckets, enabled: maySuggest });
  const users = useUsers();
  const set = (name: keyof Search) => (value: string | undefined) => {
    setDraft((now) => ({ ...now, [name]: value === "" ? undefined : value }));
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      event.preventDefault();
      form.current?.querySelector("input")?.focus();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  const outcomes = [
    { id: "any" as const, label: words.anyOutcome },
    ...OUTCOMES.map((one) => ({ id: one, label: words.outcomes[one] })),
  ];
  return (
    <Form
      ref={form}
      className="filters"
      aria-label={words.filters}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(searchOf({ ...draft }));
      }}
    >
      <Suggest
        label={words.actor}
        options={[...users.map((one) => suggestedActor(`user:${one}`)), "operator", "nobody"]}
        value={suggestedActor(draft.actor ?? "")}
        onChange={(chosen) => set("actor")(actorOf(chosen))}
      />
      <Suggest label={words.action} options={ACTIONS} value={draft.action ?? ""} onChange={set("action")} />
      <Choice
        label={words.outcome}
        value={draft.outcome ?? "any"}
        options={outcomes}
        onChange={(one) => set("outcome")(one === "any" ? undefined : one)}
      />
      <Suggest
        label={words.bucket}
        options={(buckets.data ?? []).map((one) => one.bucket)}
        value={draft.bucket ?? ""}
        onChange={set("bucket")}
      />
      <Time label={words.since} value={draft.since} onChange={set("since")} />
      <Time label={words.until} value={draft.until} onChange={set("until")} />
      <Field label={words.request} value={draft.request ?? ""} onChange={set("request")} />
      <Field label={words.key} placeholder={words.startsWith} value={draft.key ?? ""} onChange={set("key")} />
      <div className="ends">
        <Button type="submit" look="main">
          {words.apply}
        </Button>
        <Button
          onPress={() => {
            setDraft({});
            onChange({});
          }}
        >
          {words.clear}
        </Button>
      </div>
    </Form>
  );
}

/** An instant in the reader's zone. What is typed is kept while it is none yet. */
function Time(props: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  const [typed, setTyped] = useState(() => localOf(props.value ?? null));
  const isTyped = instantOf(typed, null) === (props.value ?? null);
  return (
    <Field
      type="datetime-local"
      label={props.label}
      value={isTyped ? typed : localOf(props.value ?? null)}
      onChange={(value) => {
        setTyped(value);
        props.onChange(instantOf(value, null) ?? undefined);
      }}
    />
  );
}
