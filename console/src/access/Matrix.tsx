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
import { useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";

import { text } from "../text";
import { Grid } from "../ui/Grid";
import { useActive } from "../ui/useActive";
import { EACH, type Permission } from "../permissions";
import { GrantCells, GroupCell } from "./MatrixRow";
import type { Row } from "./rows";
import type { Sources } from "./sources";

const words = text.access;
/** The height of a row, as the style sheet has it. */
const HEIGHT = 34;
/** The columns that the arrow keys reach: who, and one for each permission. */
const COLUMNS = 1 + EACH.length;

/** The id of the grid in the page. */
export const GRID = "matrix";

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
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [column, setColumn] = useState(0);
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
  const active = useActive(shown, keyOf);
  const { at } = active;
  const current = shown[at];
  const group = current?.getIsGrouped() ? current : undefined;
  const leaf = group === undefined ? current?.original : undefined;
  const permission = column === 0 ? null : (EACH[column - 1] ?? null);

  const { onCell } = acts;
  useEffect(() => onCell(leaf ?? null, permission), [onCell, leaf, permission]);

  // What is staged takes room below the rows: the active cell stays in sight.
  const cell = cellId(at, group === undefined ? column : 0);
  useEffect(() => {
    const there = document.getElementById(cell);
    if (there?.closest(".matrix")?.contains(document.activeElement)) there.scrollIntoView({ block: "nearest" });
  }, [rows, cell]);

  const fold = (place: string) => {
    const next = new Set(folded);
    if (!next.delete(place)) next.add(place);
    setFolded(next);
  };
  const press = (event: KeyboardEvent, reveal: (row: number) => void): boolean => {
    const isFree = leaf !== undefined && !isFixed && acts.may(leaf);
    const go = (to: number) => {
      setColumn(Math.min(COLUMNS - 1, Math.max(0, to)));
      reveal(at);
    };
    if (current === undefined) return false;
    if (event.key === "ArrowRight") go(column + 1);
    else if (event.key === "ArrowLeft") go(column - 1);
    else if (group !== undefined && (event.key === "Enter" || event.key === " ")) fold(placeOf(group));
    else if (event.key === " " && isFree && permission !== null) acts.toggle(leaf, permission);
    else if (event.key === "Enter" && isFree) acts.edit(leaf);
    else if (event.key === "Delete" && isFree) acts.take(leaf);
    else return false;
    return true;
  };
  const enter = (row: number, to: number) => {
    active.go(row);
    setColumn(to);
  };
  return (
    <Grid
      label={props.label}
      look="matrix"
      rows={shown}
      keyOf={keyOf}
      height={HEIGHT}
      head={<Head />}
      skeleton={[true]}
      isPending={props.isPending}
      active={active}
      activeId={cell}
      onKey={press}
      rowProps={(row, index) =>
        row.getIsGrouped()
          ? { className: "place", "aria-level": 1, "aria-expanded": row.getIsExpanded(), onClick: () => enter(index, 0) }
          : { className: lookOf(row.original), "aria-level": 2 }
      }
      cells={(row, index) => {
        const where = { index, active: index === at ? column : null };
        if (row.getIsGrouped()) {
          const first = row.subRows[0]?.original;
          return first === undefined ? null : (
            <GroupCell
              {...where}
              first={first}
              count={row.subRows.length}
              isOpen={row.getIsExpanded()}
              onFold={() => fold(placeOf(row))}
              onAdd={isFixed || !acts.may(first) ? null : () => acts.addBelow(first)}
            />
          );
        }
        return (
          <GrantCells
            {...where}
            row={row.original}
            sources={props.sources}
            me={props.me}
            isFixed={isFixed || !acts.may(row.original)}
            acts={acts}
            onEnter={(to) => enter(index, to)}
          />
        );
      }}
      gridProps={{ id: GRID, role: "treegrid", "aria-colcount": COLUMNS + 4 }}
      empty={props.empty}
    />
  );
}

export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

function keyOf(row: { id: string }): string {
  return row.id;
}

function placeOf(row: { groupingValue?: unknown }): string {
  return String(row.groupingValue);
}

function lookOf({ change, isConflict }: Row): string {
  return [change, isConflict ? "conflict" : null].filter(Boolean).join(" ");
}

function Head() {
  const { columns: names } = words;
  return (
    <>
      <div role="columnheader">{names.subject}</div>
      {EACH.map((permission) => (
        <div className="mark" role="columnheader" key={permission}>
          {text.permissions[permission]}
        </div>
      ))}
      {([names.start, names.end, names.reason, names.from]).map((name) => (
        <div className="more" role="columnheader" key={name}>
          {name}
        </div>
      ))}
      <div className="acts" role="columnheader">
        <span className="hidden">{names.acts}</span>
      </div>
    </>
  );
}
