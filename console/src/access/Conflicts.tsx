import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { StateLine, Whom } from "./Difference";
import { idOf, stateOf, type Grant } from "./grant";
import { rebased, type Edit, type Grants } from "./staged";

const words = text.access.conflict;

interface Props {
  edits: readonly Edit[];
  now: Grants;
  onClose: () => void;
  onRebase: () => void;
  onDrop: () => void;
}

/** What somebody else made of grants that are edited, beside what was seen and what is wanted, and the ways on. */
export function Conflicts({ edits, now, onClose, onRebase, onDrop }: Props) {
  const lineOf = (grant: Grant | null) => (
    <>
      <StateLine state={grant === null ? null : stateOf(grant)} />
      {grant === null ? null : <div className="soft small">{words.by(grant.granted_by)}</div>}
    </>
  );
  return (
    <Dialog title={words.title} onClose={onClose} size="broad">
      <p>{words.hint}</p>
      <div className="scroll" tabIndex={0} role="group" aria-label={words.title}>
        <table className="compare">
          <thead>
            <tr>
              <th scope="col">{words.grant}</th>
              <th scope="col">{words.saw}</th>
              <th scope="col">{words.theirs}</th>
              <th scope="col">{words.yours}</th>
              <th scope="col">{words.result}</th>
            </tr>
          </thead>
          <tbody>
            {edits.map((edit) => {
              const there = now.get(idOf(edit.key)) ?? null;
              return (
                <tr key={idOf(edit.key)}>
                  <th scope="row">
                    <Whom of={edit.key} />
                  </th>
                  <td>{lineOf(edit.base)}</td>
                  <td>{lineOf(there)}</td>
                  <td>
                    <StateLine state={edit.target} />
                  </td>
                  <td className="result">
                    <StateLine state={rebased(edit, there).target} />
                  </td>
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
