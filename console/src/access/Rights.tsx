import { useVirtualizer } from "@tanstack/react-virtual";
import { Ban, Check } from "lucide-react";
import { useRef, type ReactNode } from "react";

import { text } from "../text";
import { EACH, has, type Permissions } from "../permissions";

const words = text.access;

/** A row of what somebody may do at a place, and why. */
export interface RightsRow {
  id: string;
  first: ReactNode;
  place: ReactNode;
  /** What is granted. */
  permissions: Permissions;
  /** What the ceiling leaves of it. */
  ceiling: Permissions;
  why: readonly ReactNode[];
}

interface Props {
  label: string;
  /** The heads of the first two columns. */
  heads: readonly [string, string];
  rows: readonly RightsRow[];
  isPending: boolean;
}

/** The height of a row with one line, as the style sheet has it. */
const HEIGHT = 34;

/** What may be done, and why: a table to read. Only rows in sight are in the document. */
export function Rights({ label, heads, rows, isPending }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 6,
  });
  return (
    <div className="list rights" tabIndex={0} role="group" aria-label={label} ref={scroller}>
      <div role="table" aria-label={label} aria-busy={isPending} aria-rowcount={rows.length + 1}>
        <div role="rowgroup">
          <div className="tr head" role="row" aria-rowindex={1}>
            <div role="columnheader">{heads[0]}</div>
            <div role="columnheader">{heads[1]}</div>
            {EACH.map((one) => (
              <div className="mark" role="columnheader" key={one}>
                {text.permissions[one]}
              </div>
            ))}
            <div className="why" role="columnheader">
              {words.columns.why}
            </div>
          </div>
        </div>
        {isPending ? <Skeleton /> : null}
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={row.id}
                className="tr"
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                ref={virtual.measureElement}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Cells row={row} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Cells({ row }: { row: RightsRow }) {
  return (
    <>
      <div className="first" role="cell">
        {row.first}
      </div>
      <div className="place" role="cell">
        {row.place}
      </div>
      {EACH.map((one) => (
        <div className="mark" role="cell" key={one}>
          <Sign isHeld={has(row.permissions, one)} isCut={!has(row.ceiling, one)} permission={one} />
        </div>
      ))}
      <div className="why" role="cell">
        {row.why.map((one, at) => (
          // The lines of a cell have no other name than their place.
          <div key={at}>{one}</div>
        ))}
      </div>
    </>
  );
}

function Sign({ isHeld, isCut, permission }: { isHeld: boolean; isCut: boolean; permission: string }) {
  if (!isHeld) return <span className="hidden">–</span>;
  return (
    <span className={isCut ? "soft" : "held"} title={isCut ? words.legend.cut : permission}>
      {isCut ? <Ban aria-hidden /> : <Check aria-hidden />}
      <span className="hidden">{isCut ? words.legend.cut : permission}</span>
    </span>
  );
}

function Skeleton() {
  return [0, 1, 2].map((one) => (
    <div className="tr" role="row" key={one}>
      <div role="cell">
        <div className="skeleton" />
      </div>
      <div role="cell">
        <div className="skeleton" />
      </div>
    </div>
  ));
}
