import { useState } from "react";
import { Form } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { flawOfName, folderTyped, hasDots } from "./names";
import type { Row } from "./rows";
import { useStay } from "./useStay";
import { flawOf, useTransfer, type Progress, type Question } from "./useTransfer";

const words = text.transfer;

interface Props {
  what: "rename" | "move" | "copy";
  bucket: string;
  folder: string;
  rows: Row[];
  /** Called with the keys that are gone from here. */
  onClose: (gone: ReadonlySet<string>, isChanged: boolean) => void;
}

/** Asks for a new name or place, and copies or moves what was selected, object by object. */
export function Transfer({ what, bucket, folder, rows, onClose }: Props) {
  const first = rows[0]?.name.replace(/\/$/, "") ?? "";
  const [name, setName] = useState(first);
  const [place, setPlace] = useState({ bucket, folder });
  const [isTried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const transfer = useTransfer(bucket, rows, what === "copy" ? "copy" : "move");
  const { progress, question } = transfer;
  const to = what === "rename" ? { bucket, key: folder } : { bucket: place.bucket.trim(), key: folderTyped(place.folder, folder) };
  const nameFlaw = what === "rename" ? flawOfName(name) : hasDots(to.key) ? "dots" : null;
  const flaw = flawOf(bucket, rows, to, what === "rename" ? name : undefined);
  const said = nameFlaw !== null ? text.files.flaws[nameFlaw] : flaw !== null ? words.flaws[flaw] : null;
  const isBusy = progress !== null;
  useStay(isBusy);
  const close = () => onClose(transfer.gone(), transfer.gone().size > 0 || (progress?.done ?? 0) > 0);
  const go = async () => {
    setTried(true);
    if (said !== null || to.bucket === "") return;
    setError(null);
    try {
      await transfer.go(to, what === "rename" ? name : undefined);
      onClose(transfer.gone(), true);
    } catch (problem) {
      setError(problem);
      transfer.reset();
    }
  };
  return (
    <Dialog title={words.titles[what](rows.length, first)} onClose={close} isBusy={isBusy}>
      {error === null ? null : <Trouble error={error} />}
      {question === null ? null : <Ask question={question} hasOthers={openOf(progress) > 1} />}
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void go();
        }}
      >
        {question !== null ? null : what === "rename" ? (
          <Field label={words.name} value={name} onChange={setName} error={isTried ? said : null} autoFocus />
        ) : (
          <>
            <Field
              label={words.bucket}
              value={place.bucket}
              onChange={(one) => setPlace({ ...place, bucket: one })}
              error={isTried && to.bucket === "" ? text.files.flaws.empty : null}
            />
            <Field
              label={words.folder}
              hint={words.folderHint}
              value={place.folder}
              onChange={(one) => setPlace({ ...place, folder: one })}
              error={isTried ? said : null}
              autoFocus
            />
          </>
        )}
        {progress === null ? (
          <p className="soft">{what === "copy" ? words.copyHint : words.moveHint}</p>
        ) : (
          <div role="status">
            {progress.all === null ? null : (
              <progress aria-label={words.progress} max={Math.max(1, progress.all)} value={progress.done + progress.skipped} />
            )}
            <p className="soft">{words.so(progress.done, progress.skipped, progress.all)}</p>
          </div>
        )}
        <div className="ends">
          {isBusy ? (
            <Button onPress={transfer.stop}>{words.stop}</Button>
          ) : (
            <Button onPress={close}>{text.cancel}</Button>
          )}
          <Button type="submit" look="main" isPending={isBusy}>
            {words.acts[what]}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** How many objects are neither done nor skipped. */
function openOf(progress: Progress | null): number {
  return progress === null ? 0 : (progress.all ?? 0) - progress.done - progress.skipped;
}

function Ask({ question, hasOthers }: { question: Question; hasOthers: boolean }) {
  const [isForAll, setForAll] = useState(false);
  const { to } = question.step;
  return (
    <div className="notice" role="alert">
      <div className="words">
        <strong>{words.taken}</strong>
        <div className="wrap">{`${to.bucket}/${to.key}`}</div>
        {hasOthers ? (
          <label className="check">
            <input type="checkbox" checked={isForAll} onChange={(event) => setForAll(event.target.checked)} /> {words.forAll}
          </label>
        ) : null}
      </div>
      <span className="choices">
        <Button onPress={() => question.answer("overwrite", isForAll)}>{text.uploads.overwrite}</Button>
        <Button onPress={() => question.answer("keep-both", isForAll)}>{text.uploads.keepBoth}</Button>
        <Button onPress={() => question.answer("skip", isForAll)}>{text.uploads.skip}</Button>
      </span>
    </div>
  );
}
