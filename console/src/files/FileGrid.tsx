import { ArrowDown, ArrowUp, File, Folder } from "lucide-react";
import { useRef, type HTMLAttributes, type KeyboardEvent, type ReactNode } from "react";

import { text } from "../text";
import { secondPresses } from "../ui/doublePress";
import { Grid } from "../ui/Grid";
import { useActive } from "../ui/useActive";
import { moment, size, utc } from "./format";
import type { Column, Row } from "./rows";
import { range } from "./selection";

const words = text.files;
/** Across folders: the row that is there at the second press of a double click is one of the folder that the first one opened. */
const isSecond = secondPresses();
/** The height of a row, as the style sheet has it. */
const HEIGHT = 32;

interface Props {
  label: string;
  rows: readonly Row[];
  isPending: boolean;
  isLoadingMore: boolean;
  /** Loads more, if there is more. */
  more: (() => void) | null;
  /** Whether the rows are only some of what is loaded. */
  isFiltered: boolean;
  sort: { column: Column; isDown: boolean } | null;
  onSort: (sort: { column: Column; isDown: boolean } | null) => void;
  selected: ReadonlySet<string>;
  onSelect: (keys: ReadonlySet<string>) => void;
  onOpen: (row: Row) => void;
  onUp: () => void;
  onDelete: (rows: Row[]) => void;
  isDropping: boolean;
  dropProps: HTMLAttributes<HTMLDivElement>;
  empty: ReactNode;
}

/** The files and folders of a folder. Files are selected by ticks, and by the keyboard. */
export function FileGrid(props: Props) {
  const { rows, selected } = props;
  const active = useActive(rows, keyOf);
  /** The key of the row from which Shift selects. */
  const anchor = useRef<string | null>(null);
  const current = rows[active.at];
  const files = rows.filter((row) => !row.isFolder);

  const toggle = (row: Row) => {
    const next = new Set(selected);
    if (!next.delete(row.key)) next.add(row.key);
    props.onSelect(next);
  };
  const go = (to: number, extends_: boolean) => {
    const from = rows.findIndex((row) => row.key === anchor.current);
    if (extends_) props.onSelect(new Set(keysOf(range(rows, from < 0 ? Math.max(0, active.at) : from, to))));
    else anchor.current = rows[to]?.key ?? null;
    active.go(to);
  };
  const press = (event: KeyboardEvent): boolean => {
    if (event.key === "Enter" && current !== undefined) props.onOpen(current);
    else if (event.key === " " && current !== undefined) toggle(current);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) props.onSelect(new Set(keysOf(files)));
    else if (event.key === "Escape" && selected.size > 0) props.onSelect(new Set());
    else if (event.key === "Backspace") props.onUp();
    else if (event.key === "Delete") props.onDelete(rows.filter((row) => selected.has(row.key)));
    else return false;
    return true;
  };
  const isAll = files.length > 0 && files.every((row) => selected.has(row.key));
  return (
    <Grid
      label={props.label}
      look={props.isDropping ? "files dropping" : "files"}
      rows={rows}
      keyOf={keyOf}
      height={HEIGHT}
      head={
        <>
          <div className="pick" role="columnheader">
            <input
              type="checkbox"
              aria-label={words.selectAll}
              checked={isAll}
              onChange={() => props.onSelect(isAll ? new Set() : new Set(keysOf(files)))}
            />
          </div>
          <Head column="name" label={words.name} sort={props.sort} onSort={props.onSort} />
          <Head column="size" label={words.size} sort={props.sort} onSort={props.onSort} />
          <Head column="changed" label={words.changed} sort={props.sort} onSort={props.onSort} />
        </>
      }
      skeleton={[false, true]}
      isPending={props.isPending}
      more={props.more}
      isFiltered={props.isFiltered}
      isLoadingMore={props.isLoadingMore}
      active={active}
      activeId={rowId(active.at)}
      onStep={(to, event) => go(to, event.shiftKey)}
      onKey={press}
      rowProps={(row, index) => ({
        id: rowId(index),
        className: selected.has(row.key) ? "selected" : "",
        "aria-selected": selected.has(row.key),
        onClick: () => go(index, false),
      })}
      cells={(row) => (
        <Cells row={row} isSelected={selected.has(row.key)} onToggle={() => toggle(row)} onOpen={() => props.onOpen(row)} />
      )}
      gridProps={{ "aria-multiselectable": true }}
      listProps={props.dropProps}
      empty={props.empty}
    />
  );
}

function Cells(props: { row: Row; isSelected: boolean; onToggle: () => void; onOpen: () => void }) {
  const { row } = props;
  return (
    <>
      <div className="pick" role="gridcell">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={words.select(row.name)}
          checked={props.isSelected}
          onChange={props.onToggle}
        />
      </div>
      <div className="name" role="gridcell" title={row.name}>
        {row.isFolder ? <Folder aria-hidden className="folder" /> : <File aria-hidden />}
        <span
          className="link"
          onClick={({ nativeEvent }) => {
            if (!isSecond(nativeEvent)) props.onOpen();
          }}
        >
          {row.name}
        </span>
      </div>
      <div className="num" role="gridcell">
        {row.size === null ? "" : size(row.size)}
      </div>
      <div className="when" role="gridcell" title={row.changed === null ? "" : utc(row.changed)}>
        {row.changed === null ? "" : moment(row.changed)}
      </div>
    </>
  );
}

function Head(props: Pick<Props, "sort" | "onSort"> & { column: Column; label: string }) {
  const { column, label, sort, onSort } = props;
  const isSorted = sort?.column === column;
  const direction = sort?.isDown ? "descending" : "ascending";
  const next = !isSorted ? { column, isDown: false } : sort.isDown ? null : { column, isDown: true };
  const look = column === "size" ? "num" : column === "changed" ? "when" : "";
  return (
    <div className={look} role="columnheader" aria-sort={isSorted ? direction : "none"}>
      <button type="button" onClick={() => onSort(next)}>
        {label}
        {isSorted ? sort.isDown ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden /> : null}
      </button>
    </div>
  );
}

function keyOf(row: Row): string {
  return row.key;
}

function keysOf(rows: readonly Row[]): string[] {
  return rows.filter((row) => !row.isFolder).map((row) => row.key);
}

function rowId(index: number): string {
  return `row-${index}`;
}
