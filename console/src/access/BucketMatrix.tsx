import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleSlash, ClipboardPaste, Copy, History, RefreshCw, UserPlus, Users } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { Problem } from "../api/problem";
import { moment, utc } from "../files/format";
import { now as present } from "../session/clock";
import { useSession } from "../session/session";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { CellStatus } from "./CellStatus";
import { Crumbs } from "./Crumbs";
import { csvOf } from "./csv";
import { Dialogs, type Asked } from "./Dialogs";
import { HeldView } from "./HeldView";
import { GRID, Matrix, type Acts } from "./Matrix";
import { toggled, type Permission } from "../permissions";
import { fixed, editOf, rowsOf, type Row } from "./rows";
import { Rules } from "./Rules";
import { MOST, save } from "./save";
import { conflicts, drop, inOrder, NO_EDITS, reversed, stage, byId, type Edit } from "./staged";
import { readGrants } from "./read";
import { useMatrix } from "./useMatrix";
import { administers, type Reach } from "./useReach";
import { useStaged } from "./useStaged";
import { Views, type View } from "./Views";

const words = text.access;
const NO_ROWS: readonly Row[] = [];

/** The matrix of a bucket: who may what, and the edits of it. */
export function BucketMatrix({ bucket, at, reach }: { bucket: string; at: string | null; reach: Reach }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const me = useSession()?.who.id ?? "";
  const [staged, change] = useStaged(bucket);
  const edits = at === null ? staged : NO_EDITS;
  const { grants, rules, held, byId: now, items, sources } = useMatrix(bucket, at, reach);
  const [view, setView] = useState<View>("grants");
  const [filter, setFilter] = useState("");
  const [asked, setAsked] = useState<Asked>(null);
  const [saved, setSaved] = useState<readonly Edit[] | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [cell, setCell] = useState<{ row: Row; permission: Permission } | null>(null);
  const [error, setError] = useState<unknown>(null);

  const told = useRef<HTMLDivElement>(null);
  // The dialog is gone, and the button that opened it.
  useEffect(() => {
    if (saved !== null) told.current?.focus();
  }, [saved]);

  const rows = useMemo(() => rowsOf(now, edits, at === null ? present() : new Date(at)), [now, edits, at]);
  const changed = useMemo(() => conflicts(edits, now), [edits, now]);
  const mayBelow = useCallback((prefix: string) => administers(reach, prefix), [reach]);
  const onCell = useCallback((row: Row | null, permission: Permission | null) => {
    setCell(row === null || permission === null ? null : { row, permission });
  }, []);
  const acts: Acts = useMemo(() => {
    const edit = (one: Edit) => {
      setNotice(null);
      change((all) => stage(all, one));
    };
    return {
      may: (row) => mayBelow(row.key.prefix),
      toggle: (row, permission) => {
        if (fixed(row, permission) !== null) return;
        const base = row.change === "taken" ? [] : row.state.permissions;
        const permissions = toggled(base, permission);
        edit(editOf(row, permissions.length === 0 ? null : { ...row.state, permissions }));
      },
      edit: (row) => setAsked({ what: "edit", row }),
      take: (row) => (row.change === null ? edit(editOf(row, null)) : change((all) => drop(all, row.id))),
      addBelow: (row) => setAsked({ what: "add", place: row.key }),
      onCell,
    };
  }, [change, mayBelow, onCell]);

  const reload = () => {
    for (const name of ["grants", "held", "bucket", "revision", "rights"]) void queries.invalidateQueries({ queryKey: [name, bucket] });
  };
  const reread = async () => {
    const fresh = await readGrants(bucket, null);
    queries.setQueryData(["grants", bucket, null], fresh);
    void queries.invalidateQueries({ queryKey: ["held", bucket] });
    return byId(fresh.items);
  };
  const undo = async (done: readonly Edit[]) => {
    setSaved(null);
    toRows();
    setError(null);
    try {
      const reverse = reversed(done, await reread());
      if (reverse.isDisturbed) throw new Disturbed();
      if (reverse.edits.size > 0) await save(bucket, inOrder(reverse.edits));
      setNotice(words.reviewing.undone);
      reload();
    } catch (problem) {
      if (!(problem instanceof Disturbed) && !(problem instanceof Problem && [409, 412].includes(problem.status))) {
        setError(problem);
        return;
      }
      // What would undo it is for its author to look at.
      const { edits: wanted } = reversed(done, await reread());
      change((all) => [...wanted.values()].reduce(stage, all));
      setNotice(words.reviewing.disturbed);
    }
  };
  const show = (instant: string | null) => {
    setAsked(null);
    const going = navigate({ to: "/access", search: { bucket, ...(instant === null ? {} : { at: instant }) } });
    if (instant === null) void going.then(toRows);
  };
  const isGone = grants.error instanceof Problem && grants.error.status === 410;
  // A name that no bucket can have is malformed; so is an instant that is still to come, of which the server says so.
  const isMissing = grants.error instanceof Problem && (at === null ? [400, 404] : [404]).includes(grants.error.status);
  const unable = reach.canWrite ? null : words.noScope;
  const nothing = edits.size > MOST ? words.tooMany(MOST) : null;
  return (
    <>
      <Crumbs last={bucket} />
      {reach.all ? null : <p className="soft small">{words.onlyPrefixes(reach.prefixes.join(", "))}</p>}
      {at === null ? null : (
        <div className="notice" role="status">
          <div className="words" title={utc(new Date(at))}>
            {words.day.past(moment(new Date(at)))}
          </div>
          <Button onPress={() => show(null)}>{words.day.back}</Button>
        </div>
      )}
      {isGone || isMissing ? (
        <Empty title={isGone ? words.day.gone : at === null ? words.noBucket : words.noneThen} icon={<CircleSlash aria-hidden />}>
          {isGone ? <p>{words.day.goneHint}</p> : null}
        </Empty>
      ) : (
        <>
          <div className="tools">
            <Views view={view} onView={setView} missing={reach.all ? null : words.held.whole} />
            {at !== null || view === "held" ? null : (
              <>
                <Button
                  look="main"
                  missing={unable}
                  onPress={() => setAsked({ what: "add", place: { prefix: reach.prefixes[0] ?? "", prefixKind: "literal" } })}
                >
                  <UserPlus aria-hidden /> {words.add}
                </Button>
                <Button missing={unable} onPress={() => setAsked({ what: "csv" })}>
                  <ClipboardPaste aria-hidden /> {words.paste}
                </Button>
              </>
            )}
            <Button onPress={() => setAsked({ what: "day" })}>
              <History aria-hidden /> {words.asOf}
            </Button>
            <span className="grow" />
            <Field label={words.filter} placeholder={words.filter} hideLabel value={filter} onChange={setFilter} />
            <Button
              size="icon"
              look="bare"
              label={words.copy}
              onPress={() => void navigator.clipboard.writeText(csvOf(items)).then(() => setNotice(words.copied), setError)}
            >
              <Copy aria-hidden />
            </Button>
            <Button size="icon" look="bare" label={words.refresh} isPending={grants.isRefetching} onPress={reload}>
              <RefreshCw aria-hidden />
            </Button>
          </div>
          <Rules
            sources={sources}
            open={rules.data?.public_permissions ?? null}
            missing={reach.isRoot ? unable : words.onlyApplication}
            onChange={() => setAsked({ what: "public" })}
          />
          {view === "held" ? (
            <HeldView bucket={bucket} held={held.data ?? []} sources={sources} filter={filter} isPending={held.isPending || rules.isPending} />
          ) : grants.isError && items.length === 0 ? null : (
            <Matrix
              label={words.grid(bucket)}
              rows={rules.isPending ? NO_ROWS : rows}
              filter={filter}
              sources={sources}
              me={me}
              isPending={grants.isPending || rules.isPending}
              isFixed={at !== null || grants.isPlaceholderData || !reach.canWrite}
              acts={acts}
              empty={<Nothing isFiltered={filter.trim() !== ""} isPast={at !== null} />}
            />
          )}
          <div className="status" role="status">
            {view === "grants" && grants.isSuccess ? <span>{words.count(items.length)}</span> : null}
            {view === "grants" && cell !== null ? <CellStatus {...cell} sources={sources} /> : null}
          </div>
          {/* What comes by itself stands below the grid: no cell moves away under the pointer. */}
          {error === null ? null : <Trouble error={error} />}
          {grants.isError ? <Trouble error={grants.error} onRetry={() => void grants.refetch()} /> : null}
          {rules.isError ? <Trouble error={rules.error} onRetry={() => void rules.refetch()} /> : null}
          {changed.length === 0 || asked?.what === "conflict" ? null : (
            <div className="notice bad" role="alert">
              <div className="words">{words.conflict.notice(changed.length)}</div>
              <Button onPress={() => setAsked({ what: "conflict" })}>{words.conflict.compare}</Button>
            </div>
          )}
        </>
      )}
      {saved === null && notice === null ? null : (
        <div className="notice done" role="status" ref={told} tabIndex={-1}>
          <div className="words">{saved === null ? notice : words.reviewing.saved(saved.length)}</div>
          {saved === null ? null : <Button onPress={() => void undo(saved)}>{words.reviewing.undo}</Button>}
          <Button
            look="bare"
            onPress={() => {
              setSaved(null);
              setNotice(null);
              toRows();
            }}
          >
            {text.close}
          </Button>
        </div>
      )}
      {edits.size === 0 ? null : (
        <div className="notice staged">
          <div className="words" role="status">
            <strong>{words.staged(edits.size)}</strong>
          </div>
          <Button
            onPress={() => {
              change(() => NO_EDITS);
              toRows();
            }}
          >
            {words.dropAll}
          </Button>
          <Button look="main" missing={nothing} onPress={() => setAsked({ what: changed.length > 0 ? "conflict" : "review" })}>
            {words.review}
          </Button>
        </div>
      )}
      <Dialogs
        asked={asked}
        bucket={bucket}
        at={at}
        reach={reach}
        me={me}
        edits={edits}
        now={now}
        open={rules.data?.public_permissions ?? []}
        mayBelow={mayBelow}
        onAsk={setAsked}
        onStage={(all) => {
          setNotice(null);
          change((known) => all.reduce(stage, known));
          setAsked(null);
        }}
        onEdits={change}
        onShow={show}
        onReread={reread}
        onSaved={async (done) => {
          // Whoever goes on editing has what was saved as their ground. It is saved, even if it cannot be read now.
          await reread().catch(() => undefined);
          change(() => NO_EDITS);
          setAsked(null);
          setNotice(null);
          setSaved(done);
          reload();
        }}
        onOpened={() => {
          setAsked(null);
          reload();
        }}
      />
    </>
  );
}

/** Leads the keyboard to the rows, where what it was at goes away; to the page, where there are none. */
function toRows(): void {
  (document.getElementById(GRID) ?? document.getElementById("content"))?.focus();
}

/** What was saved is not what is there any more. */
class Disturbed extends Error {}

function Nothing({ isFiltered, isPast }: { isFiltered: boolean; isPast: boolean }) {
  if (isFiltered) return <Empty title={words.noMatch} />;
  if (isPast) return <Empty title={words.noneThen} />;
  return (
    <Empty title={words.none} icon={<Users aria-hidden />}>
      <p>{words.noneHint}</p>
    </Empty>
  );
}
