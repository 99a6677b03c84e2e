import { Link } from "@tanstack/react-router";
import { Ban, Check, ChevronDown, ChevronRight, Globe, Pencil, Plus, RotateCcw, Trash2, User, Users } from "lucide-react";
import type { ReactNode } from "react";

import { moment, utc } from "../files/format";
import { now } from "../session/clock";
import { text } from "../text";
import { Actor } from "../users/Actor";
import { Name } from "../users/Name";
import { usernameOf } from "../users/names";
import { nameOf, type Subject } from "../users/subjects";
import { standing, stateOf } from "./grant";
import { cellId, type Acts } from "./Matrix";
import { EACH, has, type Permission } from "../permissions";
import { fixed, whereOf, whyOf, type Row } from "./rows";
import { searchFor } from "./search";
import type { Source, Sources } from "./sources";

const words = text.access;

interface Where {
  index: number;
  /** The column of the active cell, in the active row. */
  active: number | null;
}

type GroupProps = Where & {
  first: Row;
  count: number;
  isOpen: boolean;
  onFold: () => void;
  onAdd: (() => void) | null;
};

/** The one cell in the row of a prefix, over the rows of its grants. */
export function GroupCell({ index, active, first, count, isOpen, onFold, onAdd }: GroupProps) {
  const { prefix, prefixKind } = first.key;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <div className={active === null ? "where" : "where active"} role="gridcell" id={cellId(index, 0)}>
      <button type="button" tabIndex={-1} className="fold" title={words.fold} onClick={onFold}>
        <Chevron aria-hidden />
        {prefix === "" ? <b>{words.whole}</b> : <code>{prefix}</code>}
      </button>
      {prefixKind === "template" ? <span className="tag">{words.template}</span> : null}
      <span className="soft">{words.count(count)}</span>
      {onAdd === null ? null : (
        <button type="button" tabIndex={-1} className="tool" title={words.addBelow(whereOf(first.key))} onClick={onAdd}>
          <Plus aria-hidden />
          <span className="hidden">{words.addBelow(whereOf(first.key))}</span>
        </button>
      )}
    </div>
  );
}

type GrantProps = Where & {
  row: Row;
  sources: Sources | null;
  me: string;
  isFixed: boolean;
  acts: Acts;
  onEnter: (column: number) => void;
};

/** The cells of one grant. */
export function GrantCells({ index, active, row, sources, me, isFixed, acts, onEnter }: GrantProps) {
  const { key, state, grant, change } = row;
  const [who, where] = [nameOf(key), whereOf(key)];
  const why = (sources?.of(key, key) ?? []).filter((one) => !("grant" in one) || one.grant !== grant);
  const cell = (column: number) => ({
    role: "gridcell",
    id: cellId(index, column),
    onClick: () => onEnter(column),
  });
  return (
    <>
      <div {...cell(0)} className={active === 0 ? "name active" : "name"} title={`${who} (${text.kinds[key.kind]})`}>
        <Icon of={key} />
        <Who of={key} />
        {key.kind === "user" && key.subject === me ? <span className="tag me">{words.me}</span> : null}
        <Tags row={row} />
      </div>
      {EACH.map((permission, at) => (
        <div key={permission} {...cell(at + 1)} className={markLook(row, permission, active === at + 1)}>
          <Mark row={row} permission={permission} why={why} sources={sources} isFixed={isFixed} acts={acts} />
        </div>
      ))}
      <Instant at={state.start} />
      <Instant at={state.end} />
      <div className="more" role="gridcell" title={state.reason ?? ""}>
        {state.reason}
      </div>
      <div className="more soft" role="gridcell" title={grant?.granted_by ?? ""}>
        {grant === null ? null : <Actor actor={grant.granted_by} />}
      </div>
      <div className="acts" role="gridcell" onClick={() => onEnter(active ?? 0)}>
        {isFixed ? null : (
          <>
            <Tool label={words.edit(who, where)} onPress={() => acts.edit(row)}>
              <Pencil aria-hidden />
            </Tool>
            <Tool label={(change === null ? words.take : words.restore)(who, where)} onPress={() => acts.take(row)}>
              {change === null ? <Trash2 aria-hidden /> : <RotateCcw aria-hidden />}
            </Tool>
          </>
        )}
      </div>
    </>
  );
}

/** The name of a subject, with a link to what it may do everywhere. The keyboard has the page's own way there. */
function Who({ of }: { of: Subject }) {
  const search = searchFor(of);
  if (search === null) return (
    <span className="link plain">
      <Name of={of} />
    </span>
  );
  return (
    <Link className="link" tabIndex={-1} to="/access" search={search} title={of.subject}>
      <Name of={of} />
    </Link>
  );
}

function Tags({ row }: { row: Row }) {
  const states = [row.change, row.standing === "acts" ? null : row.standing, row.isConflict ? ("conflict" as const) : null];
  return states.map((one) => (one === null ? null : <span key={one} className={`tag ${one}`}>{words.states[one]}</span>));
}

/** What a cell shows: whether it is granted, else held by another way, or cut off. */
function Mark(props: {
  row: Row;
  permission: Permission;
  why: readonly Source[];
  sources: Sources | null;
  isFixed: boolean;
  acts: Acts;
}) {
  const { row, permission, why, sources, isFixed, acts } = props;
  const isOwn = has(row.state.permissions, permission);
  const label = words.cell(permission, nameOf(row.key), whereOf(row.key));
  const isCut = isOwn && sources !== null && !has(sources.ceiling, permission);
  const other = isOwn || row.change === "taken" ? "" : whyOf(why, permission, (at) => moment(new Date(at)));
  const isElse = other !== "" && (sources === null || has(sources.ceiling, permission));
  const locked = fixed(row, permission);
  return (
    <>
      {isFixed ? (
        <Held isHeld={isOwn} label={label} />
      ) : (
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={label}
          checked={isOwn && row.change !== "taken"}
          disabled={locked !== null}
          title={locked ?? ""}
          onChange={() => acts.toggle(row, permission)}
        />
      )}
      {isCut ? (
        <span title={words.legend.cut} className="note">
          <Ban aria-hidden />
          <span className="hidden">{words.legend.cut}</span>
        </span>
      ) : null}
      {isElse ? (
        <span title={`${words.legend.other}: ${other}`} className="note dot">
          <span className="hidden">{`${words.legend.other}: ${other}`}</span>
        </span>
      ) : null}
    </>
  );
}

/** A permission of a row that cannot be changed. */
function Held({ isHeld, label }: { isHeld: boolean; label: string }) {
  if (!isHeld) return <span className="hidden">–</span>;
  return (
    <span className="held">
      <Check aria-hidden />
      <span className="hidden">{label}</span>
    </span>
  );
}

function markLook(row: Row, permission: Permission, isActive: boolean): string {
  const before = row.grant === null ? [] : stateOf(row.grant).permissions;
  const isChanged = row.change === "changed" && has(before, permission) !== has(row.state.permissions, permission);
  return ["mark", isChanged ? "edited" : "", isActive ? "active" : ""].filter(Boolean).join(" ");
}

function Instant({ at }: { at: string | null }) {
  if (at === null) return <div className="more" role="gridcell" />;
  const date = new Date(at);
  const look = standing({ start: null, end: at }, now()) === "ended" ? "more soft" : "more";
  return (
    <div className={look} role="gridcell" title={utc(date)}>
      {moment(date)}
    </div>
  );
}

function Tool({ label, onPress, children }: { label: string; onPress: () => void; children: ReactNode }) {
  return (
    <button type="button" tabIndex={-1} className="tool" title={label} aria-label={label} onClick={onPress}>
      {children}
    </button>
  );
}

/** The sign of a kind of subject. An account has its own, with its name. */
export function Icon({ of: { kind, subject } }: { of: Subject }) {
  if (kind === "user") return usernameOf(subject) === null ? <User aria-hidden /> : null;
  return kind === "group" || kind === "token_group" ? <Users aria-hidden /> : <Globe aria-hidden />;
}
