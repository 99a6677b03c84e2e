import { useMemo, useState } from "react";
import { Form, Label, Text, TextArea, TextField } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { parseCsv } from "./csv";
import { idOf } from "./grant";
import type { Edit, Grants } from "./staged";

const words = text.access.csv;
/** How many lines that are not understood are named. */
const SHOWN = 6;

interface Props {
  /** The grants as they are. */
  now: Grants;
  mayBelow: (prefix: string) => boolean;
  onClose: () => void;
  onStage: (edits: readonly Edit[]) => void;
}

/** Takes a table of grants. Nothing is staged before every line is understood. */
export function CsvDialog({ now, mayBelow, onClose, onStage }: Props) {
  // The table was made for the grants of when the dialog opened: what another changes since is a conflict.
  const [seen] = useState(now);
  const [lines, setLines] = useState("");
  const { rows, flaws } = useMemo(() => parseCsv(lines), [lines]);
  const beyond = rows.filter(({ key }) => !mayBelow(key.prefix)).map(({ line }) => ({ line, flaw: "reach" as const }));
  const all = [...flaws, ...beyond].sort((one, other) => one.line - other.line);
  const isGood = rows.length > 0 && all.length === 0;
  return (
    <Dialog title={words.title} onClose={onClose} size="middle">
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (isGood) onStage(rows.map(({ key, state }) => ({ key, base: seen.get(idOf(key)) ?? null, target: state })));
        }}
      >
        <TextField className="field" value={lines} onChange={setLines} autoFocus>
          <Label>{words.label}</Label>
          <TextArea rows={9} spellCheck={false} className="code" placeholder={words.example} />
          <Text slot="description" className="hint">
            {words.hint}
          </Text>
        </TextField>
        <div role="status">
          {lines.trim() === "" ? null : <p className="soft">{words.rows(rows.length)}</p>}
          {all.slice(0, SHOWN).map(({ line, flaw }) => (
            <p className="danger" key={`${line} ${flaw}`}>
              {words.flaw(line, words.flaws[flaw])}
            </p>
          ))}
          {all.length > SHOWN ? <p className="danger">{words.more(all.length - SHOWN)}</p> : null}
        </div>
        <div className="ends">
          <Button onPress={onClose}>{text.cancel}</Button>
          <Button type="submit" look="main" isDisabled={!isGood}>
            {words.stage}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
