import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Actor } from "../users/Actor";
import { StateLine, Whom } from "./Difference";
import { idOf, stateOf, type State } from "./grant";
import { rebased, type Edit, type Grants } from "./staged";

const words = text.access.conflict;

/** What stands beside each other. */
const SIDES = ["saw", "theirs", "yours", "result"] as const;

interface Props {
  edits: readonly Edit[];
  now: Grants;
  onClose: () => void;
  onRebase: () => void;
  onDrop: () => void;
}

/** What somebody else made of grants that are edited, beside what was seen and what is wanted, and the ways on. */
export function Conflicts({ edits, now, onClose, onRebase, onDrop }: Props) {
  return (
    <Dialog title={words.title} onClose={onClose} size="broad">
      <p>{words.hint}</p>
      <div className="scroll" tabIndex={0} role="group" aria-label={words.title}>
        <table className="compare" role="table">
          <thead>
            <tr role="row">
              <th scope="col">{words.grant}</th>
              {SIDES.map((side) => (
                <th scope="col" key={side}>
                  {words[side]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {edits.map((edit) => {
              const there = now.get(idOf(edit.key)) ?? null;
              const both = rebased(edit, there).target;
              return (
                <tr key={idOf(edit.key)} role="row">
                  <th scope="row" role="rowheader">
                    <Whom of={edit.key} />
                  </th>
                  <Side of="saw" state={edit.base === null ? null : stateOf(edit.base)} by={edit.base?.granted_by} />
                  <Side of="theirs" state={there === null ? null : stateOf(there)} by={there?.granted_by} />
                  <Side of="yours" state={edit.target} />
                  <Side of="result" state={both} />
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div className="ends">
        <Button onPress={onClose}>{text.cancel}</Button>
        <Button onPress={onDrop}>{words.dropThese}</Button>
        <Button look="main" onPress={onRebase}>
          {words.rebase}
        </Button>
      </div>
    </Dialog>
  );
}

function Side({ of, state, by }: { of: (typeof SIDES)[number]; state: State | null; by?: string | undefined }) {
  return (
    <td role="cell" className={of} data-label={words[of]}>
      <StateLine state={state} />
      {by === undefined ? null : (
        <div className="soft small" title={by}>
          {words.by} <Actor actor={by} />
        </div>
      )}
    </td>
  );
}
