import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, File, Folder } from "lucide-react";
import { useEffect, useRef, useState, type HTMLAttributes, type KeyboardEvent, type ReactNode } from "react";

import { text } from "../text";
import { moment, size, utc } from "./format";
import type { Column, Row } from "./rows";
import { range, step } from "./selection";

const words = text.files;
/** The height of a row, as the style sheet has it. */
const HEIGHT = 32;
/** How many rows before the end the next page is asked for. */
const AHEAD = 50;

interface Props {
  label: string;
  rows: readonly Row[];
  isPending: boolean;
  isLoadingMore: boolean;
  /** Loads more, if there is more. */
  more: (() => void) | null;
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

/** Rows of which only those in sight are in the document. The keyboard moves an active row (WAI-ARIA grid). */
export function Grid(props: Props) {
  const { rows, selected, more } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 6,
    scrollPaddingStart: HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== null && rows.length > 0 && last >= rows.length - AHEAD) more();
  }, [last, more, rows.length]);
  const at = Math.min(active, Math.max(0, rows.length - 1));
  const current = rows[at];
  const files = rows.filter((row) => !row.isFolder);

  const toggle = (row: Row) => {
    const next = new Set(selected);
    if (!next.delete(row.key)) next.add(row.key);
    props.onSelect(next);
  };
  const go = (to: number, extends_: boolean) => {
    if (extends_) props.onSelect(new Set(keysOf(range(rows, anchor.current, to))));
    else anchor.current = to;
    setActive(to);
    virtual.scrollToIndex(to);
  };
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / HEIGHT) - 2);
    const to = step(event.key, at, rows.length, page);
    if (to !== null) go(to, event.shiftKey);
    else if (event.key === "Enter" && current !== undefined) props.onOpen(current);
    else if (event.key === " " && current !== undefined) toggle(current);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) props.onSelect(new Set(keysOf(files)));
    else if (event.key === "Escape" && selected.size > 0) props.onSelect(new Set());
    else if (event.key === "Backspace") props.onUp();
    else if (event.key === "Delete") props.onDelete(rows.filter((row) => selected.has(row.key)));
    else return;
    event.preventDefault();
  };
  const isAll = files.length > 0 && files.every((row) => selected.has(row.key));
  return (
    <div
      className={props.isDropping ? "list dropping" : "list"}
      ref={scroller}
      {...props.dropProps}
    >
      <div
        className="grid"
        role="grid"
        aria-label={props.label}
        aria-rowcount={props.more === null && !props.isLoadingMore ? rows.length + 1 : -1}
        aria-multiselectable
        aria-busy={props.isPending}
        tabIndex={0}
        onKeyDown={press}
        {...(current === undefined ? {} : { "aria-activedescendant": rowId(at) })}
      >
        <div className="tr head" role="row" aria-rowindex={1}>
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
        </div>
        {props.isPending ? <Skeletons /> : null}
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const isSelected = selected.has(row.key);
            const look = ["tr", isSelected ? "selected" : "", item.index === at ? "active" : ""];
            return (
              <div
                key={row.key}
                id={rowId(item.index)}
                className={look.filter(Boolean).join(" ")}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={isSelected}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => {
                  anchor.current = item.index;
                  setActive(item.index);
                }}
              >
                <div className="pick" role="gridcell">
                  <input
                    type="checkbox"
                    tabIndex={-1}
                    aria-label={words.select(row.name)}
                    checked={isSelected}
                    onChange={() => toggle(row)}
                  />
                </div>
                <div className="name" role="gridcell" title={row.name}>
                  {row.isFolder ? <Folder aria-hidden className="folder" /> : <File aria-hidden />}
                  <span className="link" onClick={() => props.onOpen(row)}>
                    {row.name}
                  </span>
                </div>
                <div className="num" role="gridcell">
                  {row.size === null ? "" : size(row.size)}
                </div>
                <div className="when" role="gridcell" title={row.changed === null ? "" : utc(row.changed)}>
                  {row.changed === null ? "" : moment(row.changed)}
                </div>
              </div>
            );
          })}
        </div>
      </div>
      {!props.isPending && rows.length === 0 ? props.empty : null}
    </div>
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

function Skeletons() {
  return [70, 45, 60, 52].map((width) => (
    <div className="tr" role="row" key={width}>
      <div role="gridcell" />
      <div role="gridcell">
        <div className="skeleton" style={{ width: `${width}%` }} />
      </div>
      <div role="gridcell" />
      <div className="when" role="gridcell" />
    </div>
  ));
}

function keysOf(rows: readonly Row[]): string[] {
  return rows.filter((row) => !row.isFolder).map((row) => row.key);
}

function rowId(index: number): string {
  return `row-${index}`;
}
