import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, type HTMLAttributes, type KeyboardEvent, type ReactNode, type RefObject } from "react";

import { step } from "./step";
import type { Active } from "./useActive";

/** How many rows before the end the next page is asked for. */
const AHEAD = 50;

interface Props<Row> {
  label: string;
  /** What the list looks like. */
  look: string;
  /** Its rows, of which only those in sight are in the document. */
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The height of each row, in pixels, as the style sheet has it. */
  height: number;
  /** Whether the head is not shown: on a narrow window some are not. */
  isHeadless?: boolean;
  /** The cells of the head. */
  head: ReactNode;
  /** Until there are rows: the leading columns, and whether a bar stands in each. */
  skeleton: readonly boolean[];
  isPending: boolean;
  /** Loads more, if there is more. */
  more?: (() => void) | null;
  /** Whether the rows are only some of what is loaded: then more is loaded by hand, else few rows would load all there is. */
  isFiltered?: boolean;
  isLoadingMore?: boolean;
  /** The active row. */
  active: Active;
  /** The id of what the keyboard is at: a row, or a cell of it. */
  activeId: string;
  /** Called where a key leads to another row. */
  onStep?: (to: number, event: KeyboardEvent) => void;
  /** What other keys do: answers whether this one does anything. `reveal` brings a row in sight. */
  onKey: (event: KeyboardEvent, reveal: (row: number) => void) => boolean;
  /** What a row is: its look, its state, what a press does. */
  rowProps: (row: Row, index: number) => HTMLAttributes<HTMLDivElement>;
  cells: (row: Row, index: number) => ReactNode;
  /** What else the grid and the list around it are. */
  gridProps?: HTMLAttributes<HTMLDivElement>;
  listProps?: HTMLAttributes<HTMLDivElement>;
  /** Of a list whose rows come above the others by themselves: those in sight stay where they are. */
  growth?: Growth;
  /** Shown where there are no rows. */
  empty: ReactNode;
}

interface Growth {
  /** What the rows are of: where it is another, all begins anew. */
  of: string;
  list: RefObject<HTMLDivElement | null>;
  /** Told how many rows came out of sight. */
  onCome: (many: number) => void;
}

/** A grid of rows of one height. The keyboard moves what is active in it, which is in sight then (WAI-ARIA grid). */
export function Grid<Row>(props: Props<Row>) {
  const { rows, keyOf, height, active, more = null, isFiltered = false, isLoadingMore = false } = props;
  const own = useRef<HTMLDivElement>(null);
  const scroller = props.growth?.list ?? own;
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    scrollPaddingStart: props.isHeadless ? 0 : height,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== null && !isFiltered && last >= rows.length - AHEAD) more();
  }, [last, more, isFiltered, rows.length]);
  useStillness(rows, keyOf, height, props.growth);
  const reveal = (row: number) => virtual.scrollToIndex(row);
  const press = (event: KeyboardEvent) => {
    if (isOfOthers(event)) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
    const to = step(event.key, active.from(event.key), rows.length, page);
    if (to !== null) {
      active.go(to);
      props.onStep?.(to, event);
      reveal(to);
    } else if (!props.onKey(event, reveal)) return;
    event.preventDefault();
  };
  return (
    <div className={`list ${props.look}`} ref={scroller} {...props.listProps}>
      <div
        className="grid"
        role="grid"
        aria-label={props.label}
        aria-rowcount={more === null && !isLoadingMore ? rows.length + 1 : -1}
        aria-busy={props.isPending}
        tabIndex={0}
        onKeyDown={press}
        onFocus={active.begin}
        {...(items.some((item) => item.index === active.at) ? { "aria-activedescendant": props.activeId } : {})}
        {...props.gridProps}
      >
        <div className="tr head" role="row" aria-rowindex={1}>
          {props.head}
        </div>
        {props.isPending ? <Skeletons columns={props.skeleton} /> : null}
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const { className = "", ...others } = props.rowProps(row, item.index);
            return (
              <div
                key={keyOf(row)}
                className={["tr", className, item.index === active.at ? "active" : ""].filter(Boolean).join(" ")}
                role="row"
                aria-rowindex={item.index + 2}
                style={{ transform: `translateY(${item.start}px)` }}
                {...others}
              >
                {props.cells(row, item.index)}
              </div>
            );
          })}
        </div>
      </div>
      {!props.isPending && rows.length === 0 ? props.empty : null}
    </div>
  );
}

/**
 * Keeps the rows in sight where they are while others come above them: once somebody looks further down, points at a row, or is
 * at one with the keyboard. Else the newest rows are to be seen.
 */
function useStillness<Row>(rows: readonly Row[], keyOf: (row: Row) => string, height: number, growth: Growth | undefined): void {
  const first = useRef<{ of: string; key: string } | null>(null);
  useLayoutEffect(() => {
    if (growth === undefined) return;
    const before = first.current;
    first.current = rows[0] === undefined ? null : { of: growth.of, key: keyOf(rows[0]) };
    const list = growth.list.current;
    if (list === null || before === null || before.of !== growth.of) return;
    if (list.scrollTop === 0 && !list.matches(":hover, :focus-within")) return;
    const came = rows.findIndex((row) => keyOf(row) === before.key);
    if (came <= 0) return;
    const from = list.scrollTop;
    list.scrollBy({ top: came * height });
    // A list that is not full yet cannot be scrolled.
    const moved = Math.round((list.scrollTop - from) / height);
    if (moved > 0) growth.onCome(moved);
  });
}

/** Whether a key is not for the rows: it presses a control in the grid, or is for what is open above it. */
function isOfOthers({ key, target, currentTarget }: KeyboardEvent): boolean {
  if (target === currentTarget || !(target instanceof Element)) return false;
  if (!currentTarget.contains(target)) return true;
  const pressed = key === "Enter" ? ".head, button, a" : key === " " ? ".head, button, input" : null;
  return pressed !== null && target.closest(pressed) !== null;
}

function Skeletons({ columns }: { columns: readonly boolean[] }) {
  return [70, 45, 60, 52].map((width) => (
    <div className="tr" role="row" key={width}>
      {columns.map((hasBar, at) => (
        <div role="gridcell" key={at}>
          {hasBar ? <div className="skeleton" style={{ width: `${width}%` }} /> : null}
        </div>
      ))}
    </div>
  ));
}
