import { useMutation, useQuery } from "@tanstack/react-query";

import { Problem } from "../api/problem";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";
import { Difference, Whom } from "./Difference";
import { Exposed } from "./Exposed";
import { idOf, stateOf } from "./grant";
import { has, listed, setOf } from "../permissions";
import { save, type Saved } from "./save";
import type { Edit } from "./staged";
import type { Reach } from "./useReach";

const words = text.access.reviewing;
/** How many changes are shown: a browser is slow with more. */
const SHOWN = 300;

interface Props {
  bucket: string;
  edits: readonly Edit[];
  reach: Reach;
  me: string;
  onClose: () => void;
  /** Somebody else changed one of the grants meanwhile. */
  onConflict: () => void;
  onSaved: () => Promise<void>;
}

/** Shows what is staged and what it comes to, and saves it in one piece. */
export function Review({ bucket, edits, reach, me, onClose, onConflict, onSaved }: Props) {
  const effect = useQuery({
    queryKey: ["effect", bucket, edits],
    queryFn: () => save(bucket, edits, { dryRun: true }),
    retry: false,
    gcTime: 0,
  });
  const saving = useMutation({
    mutationFn: (force: boolean) => save(bucket, edits, { force }),
    onSuccess: onSaved,
    onError: (error) => {
      if (isChanged(error)) onConflict();
    },
  });
  const error: unknown = saving.error ?? effect.error;
  const isLastAdmin = error instanceof Problem && error.code === "last_admin";
  if (isChanged(effect.error)) return <Changed onConflict={onConflict} onClose={onClose} />;
  const losesOwn = edits.some(({ key, base, target }) => {
    const had = base !== null && base.permissions.includes("admin");
    return !reach.isRoot && key.kind === "user" && key.subject === me && had && !(target?.permissions.includes("admin") ?? false);
  });
  return (
    <Dialog title={words.title(edits.length)} onClose={onClose} isBusy={saving.isPending} size="middle">
      <section aria-label={words.changes} className="changes">
        <h3>{words.changes}</h3>
        <ul className="lines">
          {edits.slice(0, SHOWN).map((edit) => (
            <li key={idOf(edit.key)}>
              <span>
                <Whom of={edit.key} />
              </span>
              <Difference before={edit.base === null ? null : stateOf(edit.base)} after={edit.target} />
            </li>
          ))}
          {edits.length > SHOWN ? <li>{text.access.csv.more(edits.length - SHOWN)}</li> : null}
        </ul>
      </section>
      {effect.isSuccess ? <Effects saved={effect.data} /> : null}
      {effect.isPending ? <p className="soft">{words.reckoning}</p> : null}
      {effect.isSuccess ? <Exposures bucket={bucket} saved={effect.data} /> : null}
      {losesOwn && !isLastAdmin ? <div className="notice">{words.yourself}</div> : null}
      {isLastAdmin ? <LastAdmin isRoot={reach.isRoot} /> : error === null || isChanged(error) ? null : <Trouble error={error} />}
      <div className="ends">
        <Button onPress={onClose} isDisabled={saving.isPending}>
          {text.cancel}
        </Button>
        {isLastAdmin && reach.isRoot ? (
          <Button look="risky" isPending={saving.isPending} onPress={() => saving.mutate(true)}>
            {words.saveAnyway}
          </Button>
        ) : (
          <Button look="main" isPending={saving.isPending} isDisabled={!effect.isSuccess || isLastAdmin} onPress={() => saving.mutate(false)}>
            {words.save}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function isChanged(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}

/** Found out before anything was saved. */
function Changed({ onConflict, onClose }: { onConflict: () => void; onClose: () => void }) {
  return (
    <Dialog title={text.access.conflict.title} onClose={onClose}>
      <p>{text.access.conflict.hint}</p>
      <div className="ends">
        <Button onPress={onClose}>{text.cancel}</Button>
        <Button look="main" onPress={onConflict}>
          {text.access.conflict.compare}
        </Button>
      </div>
    </Dialog>
  );
}

function Effects({ saved }: { saved: Saved }) {
  const effects = saved.effects ?? [];
  return (
    <section aria-label={words.effect} className="changes">
      <h3>{words.effect}</h3>
      {effects.length === 0 ? (
        <p>{words.noEffect}</p>
      ) : (
        <ul className="lines">
          {effects.slice(0, SHOWN).map((one) => {
            const of = { ...one, prefixKind: one.prefix_kind ?? ("literal" as const) };
            return (
              <li key={idOf(of)}>
                <span>
                  <Whom of={of} />
                </span>
                <span className="difference">
                  {one.gains.length === 0 ? null : <ins>{words.gains(listed(setOf(one.gains)))}</ins>}
                  {one.loses.length === 0 ? null : <del>{words.loses(listed(setOf(one.loses)))}</del>}
                </span>
              </li>
            );
          })}
        </ul>
      )}
      <p className="soft small">{words.effectHint}</p>
    </section>
  );
}

/** What everybody can see by it, by name. */
function Exposures({ bucket, saved }: { bucket: string; saved: Saved }) {
  const open = (saved.effects ?? []).filter((one) => one.kind === "public" && has(setOf(one.gains), "list"));
  return open.map((one) => <Exposed key={one.prefix} bucket={bucket} prefix={one.prefix} permissions={setOf(one.gains)} />);
}

function LastAdmin({ isRoot }: { isRoot: boolean }) {
  return (
    <div className="notice bad" role="alert">
      <div className="words">
        <strong>{words.lastAdminTitle}</strong>
        <div>{words.lastAdmin}</div>
        {isRoot ? <div>{words.lastAdminForce}</div> : null}
      </div>
    </div>
  );
}
