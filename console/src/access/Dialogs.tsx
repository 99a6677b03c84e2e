import { Conflicts } from "./Conflicts";
import { CsvDialog } from "./CsvDialog";
import { Day } from "./Day";
import { GrantDialog } from "./GrantDialog";
import { idOf, type GrantKey } from "./grant";
import { setOf, type Permission } from "../permissions";
import { PublicSwitch } from "./PublicSwitch";
import { Review } from "./Review";
import type { Row } from "./rows";
import { conflicts, drop, inOrder, rebaseAll, type Edit, type Edits, type Grants } from "./staged";
import type { Reach } from "./useReach";

/** The dialog that is open. */
export type Asked =
  | { what: "add"; place: Pick<GrantKey, "prefix" | "prefixKind"> }
  | { what: "edit"; row: Row }
  | { what: "csv" | "day" | "public" | "review" | "conflict" }
  | null;

interface Props {
  asked: Asked;
  bucket: string;
  at: string | null;
  reach: Reach;
  me: string;
  edits: Edits;
  now: Grants;
  open: readonly Permission[];
  mayBelow: (prefix: string) => boolean;
  onAsk: (asked: Asked) => void;
  onStage: (edits: readonly Edit[]) => void;
  onEdits: (by: (edits: Edits) => Edits) => void;
  onShow: (at: string) => void;
  /** Reads the grants anew. */
  onReread: () => Promise<Grants>;
  onSaved: (edits: readonly Edit[]) => Promise<void>;
  onOpened: () => void;
}

/** The dialogs of the matrix. */
export function Dialogs(props: Props) {
  const { asked, bucket, now, edits, reach, onAsk, onEdits } = props;
  const close = () => onAsk(null);
  if (asked === null) return null;
  switch (asked.what) {
    case "add":
    case "edit": {
      const row = asked.what === "edit" ? asked.row : null;
      return (
        <GrantDialog
          key_={row?.key ?? null}
          state={row?.state ?? null}
          place={asked.what === "add" ? asked.place : asked.row.key}
          now={now}
          base={row?.grant ?? null}
          known={(id) => now.has(id) || edits.has(id)}
          mayBelow={props.mayBelow}
          onClose={close}
          onStage={(edit) => props.onStage([edit])}
        />
      );
    }
    case "csv":
      return (
        <CsvDialog
          now={now}
          mayBelow={props.mayBelow}
          onClose={close}
          onStage={props.onStage}
        />
      );
    case "day":
      return <Day at={props.at} onClose={close} onShow={props.onShow} />;
    case "public":
      return <PublicSwitch bucket={bucket} now={setOf(props.open)} onClose={close} onSaved={props.onOpened} />;
    case "review": {
      const all = inOrder(edits);
      return (
        <Review
          bucket={bucket}
          edits={all}
          reach={reach}
          me={props.me}
          onClose={close}
          onConflict={() => void props.onReread().then(() => onAsk({ what: "conflict" }))}
          onSaved={() => props.onSaved(all)}
        />
      );
    }
    case "conflict": {
      const changed = conflicts(edits, now);
      return (
        <Conflicts
          edits={changed}
          now={now}
          onClose={close}
          onRebase={() => {
            onEdits((all) => rebaseAll(all, now));
            onAsk(rebaseAll(edits, now).size === 0 ? null : { what: "review" });
          }}
          onDrop={() => {
            onEdits((all) => changed.reduce((left, one) => drop(left, idOf(one.key)), all));
            close();
          }}
        />
      );
    }
  }
}
