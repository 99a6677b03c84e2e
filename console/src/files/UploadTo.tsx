import { FolderUp, FileUp, X } from "lucide-react";
import { useState } from "react";
import { FileTrigger, Form } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import type { Dropped } from "./dropped";
import { size } from "./format";
import { folderTyped, hasDots } from "./names";

const words = text.uploadTo;
/** How many names are shown. */
const SHOWN = 100;

interface Props {
  bucket: string;
  folder: string;
  /** What was pasted. */
  files: readonly Dropped[];
  onSend: (folder: string, files: readonly Dropped[]) => void;
  onClose: () => void;
}

/** Uploads files, folders, or what was pasted, to a folder that need not be there yet. */
export function UploadTo({ bucket, folder, files: pasted, onSend, onClose }: Props) {
  const [path, setPath] = useState(folder);
  const [files, setFiles] = useState(pasted);
  const add = (chosen: FileList | null) => {
    // The path of a file in a chosen folder begins with the folder's name.
    const added = [...(chosen ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
    setFiles((before) => [...before.filter((one) => !added.some((other) => other.name === one.name)), ...added]);
  };
  const [isTried, setTried] = useState(false);
  const to = folderTyped(path, folder);
  const flawOf = (name: string) => (isTried && hasDots(name) ? text.files.flaws.dots : null);
  const only = files.length === 1 ? files[0] : undefined;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          const named = files.filter((one) => one.name.trim() !== "");
          if (named.length > 0 && ![to, ...named.map((one) => one.name)].some(hasDots)) onSend(to, named);
        }}
      >
        <Field label={words.path} hint={words.pathHint(bucket)} value={path} onChange={setPath} error={flawOf(to)} autoFocus />
        <div className="choices">
          <FileTrigger allowsMultiple onSelect={add}>
            <Button>
              <FileUp aria-hidden /> {words.files}
            </Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={add}>
            <Button>
              <FolderUp aria-hidden /> {words.folder}
            </Button>
          </FileTrigger>
        </div>
        {only === undefined ? null : (
          <Field label={words.name} value={only.name} onChange={(name) => setFiles([{ ...only, name }])} error={flawOf(only.name)} />
        )}
        {files.length < 2 ? null : (
          <ul className="chosen">
            {files.slice(0, SHOWN).map((one) => (
              <li key={one.name}>
                <span className="wrap">{one.name}</span> <span className="soft">{size(one.file.size)}</span>
                <Button size="icon" look="bare" label={words.without(one.name)} onPress={() => setFiles(files.filter((other) => other !== one))}>
                  <X aria-hidden />
                </Button>
              </li>
            ))}
            {files.length > SHOWN ? <li>{text.uploads.others(files.length - SHOWN)}</li> : null}
          </ul>
        )}
        <div className="ends">
          <Button onPress={onClose}>{text.cancel}</Button>
          <Button type="submit" look="main" isDisabled={files.length === 0}>
            {words.send(files.length)}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
