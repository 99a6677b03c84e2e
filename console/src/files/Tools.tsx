import {
  CopyPlus,
  Download,
  Ellipsis,
  FolderInput,
  FolderPlus,
  FolderUp,
  Info,
  Link2,
  PencilLine,
  RefreshCw,
  Trash2,
  Upload,
} from "lucide-react";
import type { RefObject } from "react";
import { FileTrigger } from "react-aria-components";

import type { Permission } from "../permissions";
import { useSession } from "../session/session";
import { lacksSign } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Menu } from "../ui/Menu";
import type { Question } from "./Asked";
import type { Dropped } from "./dropped";
import type { Row } from "./rows";

const words = text.files;

interface Props {
  chosen: Row[];
  may: (permission: Permission) => boolean;
  chooserRef: RefObject<HTMLInputElement | null>;
  start: string;
  onStart: (start: string) => void;
  filterRef: RefObject<HTMLInputElement | null>;
  filter: string;
  onFilter: (filter: string) => void;
  isReloading: boolean;
  onReload: () => void;
  onFiles: (files: Dropped[]) => void;
  onDownload: () => void;
  onAsk: (question: Question) => void;
}

/** What one can do in a folder, and with what is selected in it. */
export function Tools({ chooserRef, filterRef, ...props }: Props) {
  const session = useSession();
  const missing = (permission: Permission) => {
    if (props.may(permission)) return null;
    return session !== null && lacksSign(session) ? words.noSign : words.missing(text.permissions[permission]);
  };
  return (
    <div className="tools">
      <span className="joined">
        <FileTrigger
          ref={chooserRef}
          allowsMultiple
          onSelect={(files) => props.onFiles([...(files ?? [])].map((file) => ({ name: file.name, file })))}
        >
          <Button look="main" missing={missing("write")}>
            <Upload aria-hidden /> {words.upload}
          </Button>
        </FileTrigger>
        <Button size="icon" label={words.uploadTo} missing={missing("write")} onPress={() => props.onAsk({ what: "upload", files: [] })}>
          <FolderUp aria-hidden />
        </Button>
      </span>
      <Button missing={missing("write")} onPress={() => props.onAsk({ what: "folder" })}>
        <FolderPlus aria-hidden /> {words.newFolder}
      </Button>
      {props.chosen.length === 0 ? null : <Chosen {...props} missing={missing} />}
      <span className="grow" />
      <Field
        label={words.startsWith}
        placeholder={words.startsWith}
        tip={words.startsWithHint}
        hideLabel
        value={props.start}
        onChange={props.onStart}
      />
      <Field
        label={words.filter}
        placeholder={words.filter}
        tip={words.filterHint}
        hideLabel
        value={props.filter}
        onChange={props.onFilter}
        inputRef={filterRef}
      />
      <Button size="icon" look="bare" label={words.refresh} isPending={props.isReloading} onPress={props.onReload}>
        <RefreshCw aria-hidden />
      </Button>
    </div>
  );
}

function Chosen(props: Omit<Props, "chooserRef" | "filterRef"> & { missing: (permission: Permission) => string | null }) {
  const { chosen: rows, missing, onAsk } = props;
  const only = rows.length === 1 ? rows[0] : undefined;
  const file = only?.isFolder === false ? only : undefined;
  const oneFile = file === undefined ? words.onlyOneFile : null;
  const unmoved = missing("read") ?? missing("write") ?? missing("delete");
  const choices = [
    { id: "details", label: words.details, icon: <Info aria-hidden />, missing: oneFile },
    { id: "share", label: words.share, icon: <Link2 aria-hidden />, missing: oneFile ?? missing("read") },
    { id: "rename", label: words.rename, icon: <PencilLine aria-hidden />, missing: only === undefined ? words.onlyOne : unmoved },
    { id: "move", label: words.move, icon: <FolderInput aria-hidden />, missing: unmoved },
    { id: "copy", label: words.copy, icon: <CopyPlus aria-hidden />, missing: missing("read") },
  ] as const;
  const press = (what: (typeof choices)[number]["id"]) => {
    if (what === "rename" || what === "move" || what === "copy") onAsk({ what, rows });
    else if (file !== undefined) onAsk({ what, row: file });
  };
  return (
    <>
      <Button missing={rows.some((row) => row.isFolder) ? words.onlyFiles : missing("read")} onPress={props.onDownload}>
        <Download aria-hidden /> {words.download}
      </Button>
      <Button missing={missing("delete")} onPress={() => onAsk({ what: "delete", rows })}>
        <Trash2 aria-hidden /> {words.delete}
      </Button>
      <Menu label={words.more} choices={choices.map((choice) => ({ ...choice, onPress: () => press(choice.id) }))}>
        <Ellipsis aria-hidden /> {words.more}
      </Menu>
    </>
  );
}
