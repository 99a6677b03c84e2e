import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactNode } from "react";

interface Props<Row> {
  label: string;
  /** What it looks like. */
  look: string;
  rows: readonly Row[];
  /** Each row has a name of its own. */
  keyOf: (row: Row) => string;
  /** The cells of the head. */
  head: ReactNode;
  cells: (row: Row) => ReactNode;
  isPending: boolean;
}

/** The height of a row with one line, as the style sheet has it. */
const HEIGHT = 34;

/** A table to read. Rows are as high as what is in them; only those in sight are in the document. */
export function Table<Row>({ label, look, rows, keyOf, head, cells, isPending }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    overscan: 6,
  });
  return (
    <div className={`list table ${look}`} tabIndex={0} role="group" aria-label={label} ref={scroller}>
      <div role="table" aria-label={label} aria-busy={isPending} aria-rowcount={rows.length + 1}>
        <div role="rowgroup">
          <div className="tr head" role="row" aria-rowindex={1}>
            {head}
          </div>
        </div>
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={item.key}
                className="tr"
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                ref={virtual.measureElement}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {cells(row)}
              </div>
            );
          })}
        </div>
        {isPending ? <Skeletons /> : null}
      </div>
    </div>
  );
}

function Skeletons() {
  return [0, 1, 2].map((one) => (
    <div className="tr" role="row" key={one}>
      {[0, 1].map((column) => (
        <div role="cell" key={column}>
          <div className="skeleton" />
        </div>
      ))}
    </div>
  ));
}
