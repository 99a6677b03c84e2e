import { useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { remove } from "./gateway";
import { inTurns } from "./inTurns";
import { itemsBelow } from "./itemsBelow";
import type { Row } from "./rows";
import { isTyped, toType } from "./toType";
import { useStay } from "./useStay";

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

/** Asks whether files and folders shall be deleted, and deletes them. What is in folders is counted first. */
export function Delete({ bucket, rows, onClose }: Props) {
  const folders = rows.filter((row) => row.isFolder);
  const counted = useCounted(bucket, rows);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState<number | null>(null);
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<unknown>(null);
  const isStopped = useRef(false);
  const isBusy = done !== null;
  useStay(isBusy);
  const left = counted.keys.filter((key) => !gone.has(key));
  const close = () => onClose(gone);
  const wanted = toType(folders, left.length);
  const isConfirmed = isTyped(typed, wanted);
  const go = async () => {
    setError(null);
    setDone(0);
    isStopped.current = false;
    const now = new Set(gone);
    try {
      await inTurns(left, AT_ONCE, async (key) => {
        if (isStopped.current) return;
        await remove(bucket, key);
        now.add(key);
        setDone(now.size - gone.size);
      });
      onClose(now);
    } catch (problem) {
      setError(problem);
      setGone(now);
      setDone(null);
    }
  };
  const title = counted.isComplete ? words.deleteTitle(left.length) : words.counting(counted.keys.length);
  return (
    <Dialog title={title} onClose={close} isBusy={isBusy}>
      {error === null ? null : <Trouble error={error} />}
      {counted.error === null ? null : <Trouble error={counted.error} />}
      <ul>
        {rows.slice(0, SHOWN).map((row) => (
          <li key={row.key}>{row.name}</li>
        ))}
        {rows.length > SHOWN ? <li>…</li> : null}
      </ul>
      <p className="soft">{isBusy ? words.deleting(done, left.length) : words.deleteHint}</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (counted.isComplete && isConfirmed && !isBusy) void go();
        }}
      >
        {wanted === null || !counted.isComplete ? null : (
          <Field label={words.typeToDelete(wanted)} value={typed} onChange={setTyped} autoFocus />
        )}
        <div className="ends">
          {isBusy ? (
            <Button onPress={() => (isStopped.current = true)}>{words.stop}</Button>
          ) : (
            <Button onPress={close}>{text.cancel}</Button>
          )}
          <Button type="submit" look="risky" isPending={isBusy} isDisabled={!counted.isComplete || !isConfirmed}>
            {words.delete}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** The keys of files, and of everything below folders, as far as they are known. */
function useCounted(bucket: string, rows: readonly Row[]) {
  const [keys, setKeys] = useState(() => rows.filter((row) => !row.isFolder).map((row) => row.key));
  const [isComplete, setComplete] = useState(() => rows.every((row) => !row.isFolder));
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let isWanted = true;
    const count = async () => {
      const all = rows.filter((row) => !row.isFolder).map((row) => row.key);
      for (const folder of rows.filter((row) => row.isFolder)) {
        for await (const page of itemsBelow(bucket, folder.key)) {
          all.push(...page.map((item) => item.key));
          if (!isWanted) return;
          setKeys([...all]);
        }
      }
      if (isWanted) setComplete(true);
    };
    void count().catch((problem: unknown) => {
      if (isWanted) setError(problem);
    });
    return () => {
      isWanted = false;
    };
    // The rows of a dialog do not change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [bucket]);
  return { keys, isComplete, error };
}
