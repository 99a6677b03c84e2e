import { useState } from "react";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";
import { remove } from "./gateway";
import { inTurns } from "./inTurns";
import type { Row } from "./rows";

const words = text.files;
/** How many names are shown before they are deleted. */
const SHOWN = 20;
/** How many are deleted at a time. */
const AT_ONCE = 6;

interface Props {
  bucket: string;
  rows: Row[];
  /** Called with the keys that are gone. */
  onClose: (gone: ReadonlySet<string>) => void;
}

/** Asks whether files shall be deleted, and deletes them. */
export function Delete({ bucket, rows, onClose }: Props) {
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const isBusy = done !== null;
  const left = rows.filter((row) => !gone.has(row.key));
  const close = () => onClose(gone);
  const go = async () => {
    setError(null);
    setDone(0);
    const now = new Set(gone);
    try {
      await inTurns(left, AT_ONCE, async (row) => {
        await remove(bucket, row.key);
        now.add(row.key);
        setDone(now.size - gone.size);
      });
      onClose(now);
    } catch (problem) {
      setError(problem);
      setGone(now);
      setDone(null);
    }
  };
  return (
    <Dialog title={words.deleteTitle(left.length)} onClose={close} isBusy={isBusy}>
      {error === null ? null : <Trouble error={error} />}
      <ul>
        {left.slice(0, SHOWN).map((row) => (
          <li key={row.key}>{row.name}</li>
        ))}
        {left.length > SHOWN ? <li>…</li> : null}
      </ul>
      <p className="soft">{isBusy ? words.deleting(done, left.length) : words.deleteHint}</p>
      <div className="ends">
        <Button onPress={close} isDisabled={isBusy}>
          {text.cancel}
        </Button>
        <Button look="risky" isPending={isBusy} onPress={() => void go()}>
          {words.delete}
        </Button>
      </div>
    </Dialog>
  );
}
