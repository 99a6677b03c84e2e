import { useState } from "react";
import { Form } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { makeFolder } from "./gateway";
import { flawOfName } from "./names";

const words = text.files;

/** Asks for the name of a new folder, makes it, and opens it. */
export function NewFolder(props: { bucket: string; folder: string; onClose: () => void; onMade: (folder: string) => void }) {
  const [name, setName] = useState("");
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const flaw = flawOfName(name);
  const make = async () => {
    setTried(true);
    if (flaw !== null) return;
    setBusy(true);
    setError(null);
    try {
      const folder = `${props.folder}${name}/`;
      await makeFolder(props.bucket, folder);
      props.onMade(folder);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.newFolder} onClose={props.onClose} isBusy={isBusy}>
      {error === null ? null : <Trouble error={error} />}
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Field
          label={words.folderName}
          value={name}
          onChange={setName}
          hint={words.folderHint}
          error={isTried && flaw !== null ? words.flaws[flaw] : null}
          autoFocus
        />
        <div className="ends">
          <Button onPress={props.onClose} isDisabled={isBusy}>
            {text.cancel}
          </Button>
          <Button type="submit" look="main" isPending={isBusy}>
            {words.make}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
