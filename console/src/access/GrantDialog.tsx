import { useState } from "react";
import { Form, Label, RadioGroup } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Suggest } from "../ui/Suggest";
import { Option, Tick } from "../ui/Tick";
import { useGroups } from "../users/read";
import { useFlawOfUser } from "../users/flaw";
import { useHintOfUser } from "../users/hint";
import { Name } from "../users/Name";
import { isEverybody } from "../users/subjects";
import { UserField } from "../users/UserField";
import { EVERYBODY, idOf, KINDS, mayBeTemplate, type Grant, type GrantKey, type Kind, type State } from "./grant";
import { EACH, setOf, type Permissions } from "../permissions";
import { PermissionTicks } from "./PermissionTicks";
import { whereOf } from "./rows";
import type { Edit, Grants } from "./staged";
import { instantOf, localOf } from "../ui/times";

const words = text.access.form;

interface Props {
  /** The grant that is changed; `null` to give a new one. */
  key_: GrantKey | null;
  state: State | null;
  /** The grant that `state` was made of; `null` where there was none. */
  base: Grant | null;
  /** The grants as they are. */
  now: Grants;
  /** The place that a new one is about at first. */
  place: Pick<GrantKey, "prefix" | "prefixKind">;
  /** Ids of the grants that there are. */
  known: (id: string) => boolean;
  mayBelow: (prefix: string) => boolean;
  onClose: () => void;
  onStage: (edit: Edit) => void;
}

/** Asks who may what, where, and how long. Nothing is saved by it. */
export function GrantDialog(props: Props) {
  const { key_, state, place, known } = props;
  const groups = useGroups();
  // What another changes while the dialog is open was not seen by who fills it in: it is a conflict.
  const [seen] = useState(props.now);
  const [kind, setKind] = useState<Kind>(key_?.kind ?? "user");
  const [subject, setSubject] = useState(key_ === null || isEverybody(key_.kind) ? "" : key_.subject);
  const [prefix, setPrefix] = useState(key_?.prefix ?? place.prefix);
  const [isTemplate, setTemplate] = useState((key_?.prefixKind ?? place.prefixKind) === "template");
  const [permissions, setPermissions] = useState<Permissions>(state?.permissions ?? ["read"]);
  const [start, setStart] = useState(localOf(state?.start ?? null));
  const [end, setEnd] = useState(localOf(state?.end ?? null));
  const [reason, setReason] = useState(state?.reason ?? "");
  const [isTried, setTried] = useState(false);

  const key: GrantKey = {
    kind,
    subject: isEverybody(kind) ? EVERYBODY : subject.trim(),
    prefix,
    prefixKind: isTemplate && mayBeTemplate(prefix) ? "template" : "literal",
  };
  const allowed = setOf(permissions.filter((one) => one !== "admin" || !isEverybody(kind)));
  const next: State = {
    permissions: allowed,
    start: instantOf(start, state?.start ?? null),
    end: instantOf(end, state?.end ?? null),
    reason: reason.trim() === "" ? null : reason.trim(),
  };
  const flawOfUser = useFlawOfUser(key.subject);
  const hintOfUser = useHintOfUser(key.subject);
  const flaws = {
    // Whom a grant names that is changed is not asked.
    subject: key_ !== null ? null : kind === "user" ? flawOfUser : key.subject === "" ? text.users.flaws.nobody : null,
    prefix: prefix !== "" && !prefix.endsWith("/") ? words.flaws.prefix : props.mayBelow(prefix) ? null : words.flaws.reach,
    permissions: allowed.length === 0 ? words.flaws.permissions : null,
    end: next.start !== null && next.end !== null && Date.parse(next.start) >= Date.parse(next.end) ? words.flaws.end : null,
  };
  const shown = (flaw: string | null) => (isTried ? flaw : null);
  const submit = () => {
    setTried(true);
    const base = key_ === null ? (seen.get(idOf(key)) ?? null) : props.base;
    if (Object.values(flaws).every((flaw) => flaw === null)) props.onStage({ key, base, target: next });
  };
  return (
    <Dialog title={key_ === null ? words.addTitle : words.editTitle} onClose={props.onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {key_ !== null ? (
          <p>
            <b title={key_.subject}>
              <Name of={key_} />
            </b> <span className="soft">{text.kinds[key_.kind]}</span> · {whereOf(key_)}
          </p>
        ) : (
          <>
            <RadioGroup className="field ticks" value={kind} onChange={(value) => setKind(value as Kind)}>
              <Label>{words.kind}</Label>
              {KINDS.map((one) => (
                <Option key={one} value={one}>
                  {text.access.kindNames[one]}
                </Option>
              ))}
            </RadioGroup>
            {isEverybody(kind) ? null : kind === "user" ? (
              <UserField
                label={words.user}
                hint={hintOfUser}
                value={subject}
                onChange={setSubject}
                error={shown(flaws.subject)}
              />
            ) : (
              <Suggest
                label={words.group}
                options={kind === "group" ? groups : []}
                value={subject}
                onChange={setSubject}
                error={shown(flaws.subject)}
              />
            )}
            <Field label={words.prefix} value={prefix} onChange={setPrefix} hint={words.prefixHint} error={shown(flaws.prefix)} />
            {mayBeTemplate(prefix) ? (
              <Tick isSelected={isTemplate} onChange={setTemplate}>
                {words.template}
              </Tick>
            ) : null}
          </>
        )}
        <PermissionTicks
          label={words.permissions}
          offered={EACH}
          value={allowed}
          isOff={(one) => one === "admin" && isEverybody(kind)}
          error={shown(flaws.permissions)}
          onChange={setPermissions}
        />
        <div className="pair">
          <Field label={words.start} type="datetime-local" value={start} onChange={setStart} hint={words.startHint} />
          <Field
            label={words.end}
            type="datetime-local"
            value={end}
            onChange={setEnd}
            hint={words.endHint}
            error={shown(flaws.end)}
          />
        </div>
        <Field label={words.reason} value={reason} onChange={setReason} hint={words.reasonHint} />
        {key_ === null && known(idOf(key)) ? <p className="soft">{words.exists}</p> : null}
        <div className="ends">
          <Button onPress={props.onClose}>{text.cancel}</Button>
          <Button type="submit" look="main">
            {words.submit}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
