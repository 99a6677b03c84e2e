import type { Permission } from "../permissions";
import { Delete } from "./Delete";
import { Details } from "./Details";
import type { Dropped } from "./dropped";
import { NewFolder } from "./NewFolder";
import { Preview } from "./Preview";
import type { Row } from "./rows";
import { Share } from "./Share";
import { Transfer } from "./Transfer";
import { UploadTo } from "./UploadTo";

/** What somebody is asked, or shown, over the list of files. */
export type Question =
  | { what: "delete" | "rename" | "move" | "copy"; rows: Row[] }
  | { what: "preview" | "details" | "share"; row: Row }
  | { what: "upload"; files: readonly Dropped[] }
  | { what: "folder" };

interface Props {
  question: Question;
  bucket: string;
  folder: string;
  may: (permission: Permission) => boolean;
  onSend: (folder: string, files: readonly Dropped[]) => void;
  onEnter: (folder: string) => void;
  /** Called with the keys that are no more. */
  onGone: (keys: ReadonlySet<string>) => void;
  /** Called when the list must be read again. */
  onChanged: () => void;
  onClose: () => void;
}

/** The dialog of a question. */
export function Asked({ question, bucket, folder, may, onSend, onEnter, onGone, onChanged, onClose }: Props) {
  switch (question.what) {
    case "folder":
      return <NewFolder bucket={bucket} folder={folder} onClose={onClose} onMade={(made) => { onClose(); onEnter(made); }} />;
    case "preview":
      return <Preview bucket={bucket} row={question.row} onClose={onClose} />;
    case "share":
      return <Share bucket={bucket} row={question.row} onClose={onClose} />;
    case "details":
      return (
        <Details
          bucket={bucket}
          row={question.row}
          mayWrite={may("write")}
          mayDelete={may("delete")}
          mayAdminister={may("admin")}
          onChanged={onChanged}
          onClose={onClose}
        />
      );
    case "upload":
      return (
        <UploadTo
          bucket={bucket}
          folder={folder}
          files={question.files}
          onClose={onClose}
          onSend={(to, files) => {
            onClose();
            onSend(to, files);
          }}
        />
      );
    case "delete":
      return (
        <Delete
          bucket={bucket}
          rows={question.rows}
          onClose={(gone) => {
            onClose();
            // Whoever deletes nothing after all goes on with what they had selected.
            if (gone.size > 0) onGone(gone);
            // A folder that is empty now is none.
            if (question.rows.some((row) => row.isFolder)) onChanged();
          }}
        />
      );
    case "rename":
    case "move":
    case "copy":
      return (
        <Transfer
          what={question.what}
          bucket={bucket}
          folder={folder}
          rows={question.rows}
          onClose={(gone, isChanged) => {
            onClose();
            if (!isChanged) return;
            onGone(gone);
            onChanged();
          }}
        />
      );
  }
}
