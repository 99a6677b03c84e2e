import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton, Disclosure, DisclosurePanel, Form } from "react-aria-components";

import { readBuckets } from "../buckets/Buckets";
import { EACH } from "../permissions";
import type { Session } from "../session/session";
import { isRoot } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Suggest } from "../ui/Suggest";
import { TextArea } from "../ui/TextArea";
import { useFlawOfUser } from "../users/flaw";
import { nameAndIdOf } from "../users/names";
import { UserField } from "../users/UserField";
import { isPrefix } from "./ask";
import { actionOf, OPERATIONS } from "./operations";
import { questionOf, type Draft, type Flaws } from "./question";

const words = text.try;
const ACTIONS = [...EACH, ...OPERATIONS.map((one) => `s3:${one.name}`)];

interface Props {
  session: Session;
  draft: Draft;
  isPending: boolean;
  onAsk: (draft: Draft) => void;
}

/** The fields of a question. */
export function QuestionForm({ session, draft: asked, isPending, onAsk }: Props) {
  const [draft, setDraft] = useState(asked);
  // An address that cannot be asked says so at once.
  const [flaws, setFlaws] = useState<Flaws>(() => (asked.action === "" ? {} : flawsOf(asked)));
  const [isTried, setTried] = useState(false);
  const [isOpen, setOpen] = useState(() => hasConditions(asked));
  const said = JSON.stringify(asked);
  const [begun, setBegun] = useState(said);
  // Another address begins with what it says. The fields stay, and with them the focus.
  if (begun !== said) {
    setBegun(said);
    setDraft(asked);
    setFlaws(asked.action === "" ? {} : flawsOf(asked));
    setTried(false);
    if (hasConditions(asked)) setOpen(true);
  }
  const root = isRoot(session);
  const flawOfUser = useFlawOfUser(draft.user.trim());
  // An empty field is whoever asks.
  const flawOfWho = draft.user.trim() === "" ? null : flawOfUser;
  const buckets = useQuery({ queryKey: ["buckets", session.who.id], queryFn: readBuckets });
  const action = actionOf(draft.action.trim());
  const source = action?.kind === "operation" ? action.operation.source : null;
  const on = action?.kind === "operation" ? action.operation.on : "object";
  const prefix = action !== null && isPrefix(action);
  const set = (name: keyof Draft) => (value: string) => setDraft((now) => ({ ...now, [name]: value }));
  const error = (name: keyof Draft) => {
    const flaw = flaws[name];
    return flaw === undefined ? null : words.flaws[flaw];
  };
  const submit = () => {
    const now = flawsOf(draft);
    setFlaws(now);
    if (now.headers !== undefined) setOpen(true);
    setTried(true);
    if (Object.keys(now).length === 0 && flawOfWho === null) onAsk(draft);
  };
  return (
    <Form
      className="question"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="fields">
        {root ? (
          <UserField
            label={words.who}
            hint={words.whoHint}
            value={draft.user}
            onChange={set("user")}
            error={error("user") ?? (isTried ? flawOfWho : null)}
          />
        ) : (
          <div className="field">
            <span className="label">{words.who}</span>
            <span className="fixed">{words.you(nameAndIdOf(session.who.id))}</span>
            <span className="hint">{words.onlyYou}</span>
          </div>
        )}
        <Suggest
          label={words.action}
          hint={words.actionHint}
          options={ACTIONS}
          value={draft.action}
          onChange={set("action")}
          error={error("action")}
        />
        {on === "account" ? null : (
          <Suggest
            label={words.bucket}
            options={(buckets.data ?? []).map((one) => one.bucket)}
            value={draft.bucket}
            onChange={set("bucket")}
            error={error("bucket")}
          />
        )}
        {on === "object" || prefix ? (
          <Field
            label={prefix ? words.prefix : action?.kind === "operation" ? words.key : words.keyOrFolder}
            {...(action?.kind === "operation" && !prefix ? {} : { hint: words.keyHint })}
            value={draft.key}
            onChange={set("key")}
            error={error("key")}
          />
        ) : null}
        {source === null ? null : (
          <Field
            label={source === "x-amz-copy-source" ? words.source.copy : words.source.rename}
            value={draft.source}
            onChange={set("source")}
            error={error("source")}
          />
        )}
      </div>
      <Disclosure className="more" isExpanded={isOpen} onExpandedChange={setOpen}>
        <div className="tools">
          <Button type="submit" look="main" isPending={isPending}>
            {words.ask}
          </Button>
          <AriaButton slot="trigger" className="button bare">
            <ChevronRight aria-hidden className="turns" /> {words.conditions}
          </AriaButton>
        </div>
        <DisclosurePanel>
          <div className="fields two">
            {root ? (
              <Field
                label={words.groups}
                hint={words.groupsHint}
                value={draft.groups}
                onChange={set("groups")}
                error={error("groups")}
              />
            ) : null}
            <TextArea
              label={words.headers}
              hint={words.headersHint}
              value={draft.headers}
              onChange={set("headers")}
              error={error("headers")}
            />
          </div>
        </DisclosurePanel>
      </Disclosure>
    </Form>
  );
}

/** Whether a question has what the folded fields hold. */
function hasConditions({ groups, headers }: Draft): boolean {
  return groups !== "" || headers !== "";
}

function flawsOf(draft: Draft): Flaws {
  const read = questionOf(draft);
  return "flaws" in read ? read.flaws : {};
}
