import { useState } from "react";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";
import { moment, size } from "./format";
import { removeVersion, type Version } from "./objects";
import type { Row } from "./rows";

const words = text.details;

interface Props {
  bucket: string;
  row: Row;
  version: Version;
  onDeleted: () => void;
  onClose: () => void;
}

/** Asks whether a version shall be deleted for good, and deletes it. */
export function DeleteVersion({ bucket, row, version, onDeleted, onClose }: Props) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const go = async () => {
    setBusy(true);
    setError(null);
    try {
      await removeVersion(bucket, row.key, version.id);
      onDeleted();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.removeTitle(moment(version.changed))} onClose={onClose} isBusy={isBusy}>
      {error === null ? null : <Trouble error={error} />}
      <p className="wrap">
        {row.name} · {version.isDeletion ? words.deletion : size(version.size)} <code>{version.id}</code>
      </p>
      <p className="soft">{version.isDeletion ? words.removeMarkHint : words.removeHint}</p>
      <div className="ends">
        <Button onPress={onClose} isDisabled={isBusy}>
          {text.cancel}
        </Button>
        <Button look="risky" isPending={isBusy} onPress={() => void go()}>
          {words.sure}
        </Button>
      </div>
    </Dialog>
  );
}
