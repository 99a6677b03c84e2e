import {
  columnFilteringFeature,
  columnGroupingFeature,
  createColumnHelper,
  createExpandedRowModel,
  createFilteredRowModel,
  createGroupedRowModel,
  globalFilteringFeature,
  rowExpandingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { step } from "../files/selection";
import { text } from "../text";
import { EACH, type Permission } from "../permissions";
import { GroupRow, GrantRow } from "./MatrixRow";
import type { Row } from "./rows";
import type { Sources } from "./sources";

const words = text.access;
/** The height of a row, as the style sheet has it. */
const HEIGHT = 34;
/** The columns that the arrow keys reach: who, and one for each permission. */
const COLUMNS = 1 + EACH.length;

const features = tableFeatures({
  columnFilteringFeature,
  globalFilteringFeature,
  filteredRowModel: createFilteredRowModel(),
  columnGroupingFeature,
  groupedRowModel: createGroupedRowModel(),
  rowExpandingFeature,
  expandedRowModel: createExpandedRowModel(),
});
const helper = createColumnHelper<typeof features, Row>();
const columns = helper.columns([helper.accessor("place", {}), helper.accessor("text", {})]);

/** What can be done with a row. */
export interface Acts {
  /** Whether the reader administers the part of the bucket that a row is about. */
  may: (row: Row) => boolean;
  toggle: (row: Row, permission: Permission) => void;
  edit: (row: Row) => void;
  /** Takes a grant away, or leaves it after all. */
  take: (row: Row) => void;
  addBelow: (row: Row) => void;
  /** What the cell that the keyboard is at is about. */
  onCell: (row: Row | null, permission: Permission | null) => void;
}

interface Props {
  label: string;
  rows: readonly Row[];
  filter: string;
  sources: Sources | null;
  /** The name of who looks at it. */
  me: string;
  isPending: boolean;
  /** Nothing can be changed: it is the past, or still unknown. */
  isFixed: boolean;
  acts: Acts;
  empty: ReactNode;
}

/** The grants of a bucket by prefix. Only rows in sight are in the document; the keyboard moves an active cell. */
export function Matrix(props: Props) {
  const { rows, acts, isFixed } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<{ row: number; column: number }>({ row: 0, column: 0 });
  const data = useMemo(() => [...rows], [rows]);
  const expanded = useMemo(() => {
    return Object.fromEntries(rows.filter(({ place }) => !folded.has(place)).map(({ place }) => [`place:${place}`, true]));
  }, [rows, folded]);
  const filter = props.filter.trim().toLowerCase();
  const table = useTable({
    features,
    columns,
    data,
    getRowId: (row) => row.id,
    globalFilterFn: (row, _column, wanted: string) => row.original.text.includes(wanted),
    getColumnCanGlobalFilter: (column) => column.id === "text",
    state: { globalFilter: filter, grouping: ["place"], expanded },
    autoResetExpanded: false,
  });
  const shown = table.getRowModel().rows;
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 6,
    scrollPaddingStart: HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const at = Math.min(active.row, Math.max(0, shown.length - 1));
  const current = shown[at];
  const group = current?.getIsGrouped() ? current : undefined;
  const leaf = group === undefined ? current?.original : undefined;
  const permission = active.column === 0 ? null : (EACH[active.column - 1] ?? null);
  const isInSight = items.some((item) => item.index === at);

  const { onCell } = acts;
  useEffect(() => onCell(leaf ?? null, permission), [onCell, leaf, permission]);

  // What is staged takes room below the rows: the active cell stays in sight.
  const cell = cellId(at, group === undefined ? active.column : 0);
  useEffect(() => {
    if (scroller.current?.contains(document.activeElement)) document.getElementById(cell)?.scrollIntoView({ block: "nearest" });
  }, [rows, cell]);

  const fold = (place: string) => {
    const next = new Set(folded);
    if (!next.delete(place)) next.add(place);
    setFolded(next);
  };
  const go = (row: number, column: number) => {
    setActive({ row, column });
    virtual.scrollToIndex(row);
  };
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / HEIGHT) - 2);
    const to = step(event.key, at, shown.length, page);
    const isFree = leaf !== undefined && !isFixed && acts.may(leaf);
    if (to !== null) go(to, active.column);
    else if (event.key === "ArrowRight") go(at, Math.min(COLUMNS - 1, active.column + 1));
    else if (event.key === "ArrowLeft") go(at, Math.max(0, active.column - 1));
    else if (group !== undefined && (event.key === "Enter" || event.key === " ")) fold(placeOf(group));
    else if (event.key === " " && isFree && permission !== null) acts.toggle(leaf, permission);
    else if (event.key === "Enter" && isFree) acts.edit(leaf);
    else if (event.key === "Delete" && isFree) acts.take(leaf);
    else return;
    event.preventDefault();
  };
  return (
    <div className="list matrix" ref={scroller}>
      <div
        className="grid"
        role="treegrid"
        aria-label={props.label}
        aria-rowcount={shown.length + 1}
        aria-colcount={COLUMNS + 4}
        aria-busy={props.isPending}
        tabIndex={0}
        onKeyDown={press}
        {...(isInSight ? { "aria-activedescendant": cell } : {})}
      >
        <Head />
        {props.isPending ? <Skeletons /> : null}
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = shown[item.index];
            if (row === undefined) return null;
            const where = { index: item.index, start: item.start, active: item.index === at ? active.column : null };
            const onEnter = (column: number) => setActive({ row: item.index, column });
            if (row.getIsGrouped()) {
              const first = row.subRows[0]?.original;
              if (first === undefined) return null;
              return (
                <GroupRow
                  key={row.id}
                  {...where}
                  first={first}
                  count={row.subRows.length}
                  isOpen={row.getIsExpanded()}
                  onFold={() => fold(placeOf(row))}
                  onEnter={onEnter}
                  onAdd={isFixed || !acts.may(first) ? null : () => acts.addBelow(first)}
                />
              );
            }
            return (
              <GrantRow
                key={row.id}
                {...where}
                row={row.original}
                sources={props.sources}
                me={props.me}
                isFixed={isFixed || !acts.may(row.original)}
                acts={acts}
                onEnter={onEnter}
              />
            );
          })}
        </div>
      </div>
      {!props.isPending && shown.length === 0 ? props.empty : null}
    </div>
  );
}

export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

function placeOf(row: { groupingValue?: unknown }): string {
  return String(row.groupingValue);
}

function Head() {
  const { columns: names } = words;
  return (
    <div className="tr head" role="row" aria-rowindex={1}>
      <div role="columnheader">{names.subject}</div>
      {EACH.map((permission) => (
        <div className="mark" role="columnheader" key={permission}>
          {text.permissions[permission]}
        </div>
      ))}
      <div className="more" role="columnheader">
        {names.start}
      </div>
      <div className="more" role="columnheader">
        {names.end}
      </div>
      <div className="more" role="columnheader">
        {names.reason}
      </div>
      <div className="more" role="columnheader">
        {names.from}
      </div>
      <div className="acts" role="columnheader">
        <span className="hidden">{words.columns.acts}</span>
      </div>
    </div>
  );
}

function Skeletons() {
  return [60, 40, 52].map((width) => (
    <div className="tr" role="row" key={width}>
      <div role="gridcell">
        <div className="skeleton" style={{ width: `${width}%` }} />
      </div>
    </div>
  ));
}
