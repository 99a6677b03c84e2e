import { useState } from "react";
import { Form } from "react-aria-components";

import { now } from "../session/clock";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { instantOf, localOf } from "../ui/times";

const words = text.access.day;

/** Asks which moment of the past to show. */
export function Day(props: { at: string | null; onClose: () => void; onShow: (at: string) => void }) {
  const [local, setLocal] = useState(localOf(props.at ?? startOfToday()));
  const [opened] = useState(now);
  const at = instantOf(local, props.at);
  return (
    <Dialog title={words.title} onClose={props.onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (at !== null) props.onShow(at);
        }}
      >
        <Field label={words.label} type="datetime-local" value={local} onChange={setLocal} hint={words.hint} autoFocus />
        <div className="ends">
          <Button onPress={props.onClose}>{text.cancel}</Button>
          <Button type="submit" look="main" isDisabled={at === null || Date.parse(at) > opened.getTime()}>
            {words.show}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function startOfToday(): string {
  const today = now();
  return new Date(today.getFullYear(), today.getMonth(), today.getDate()).toISOString();
}
