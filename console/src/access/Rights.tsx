import { Ban, Check } from "lucide-react";
import type { ReactNode } from "react";

import { text } from "../text";
import { Table } from "../ui/Table";
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

/** What may be done, and why. */
export function Rights({ label, heads, rows, isPending }: Props) {
  return (
    <Table
      label={label}
      look="rights"
      rows={rows}
      keyOf={(row) => row.id}
      head={
        <>
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
        </>
      }
      cells={(row) => <Cells row={row} />}
      isPending={isPending}
    />
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
