import { ArrowUp } from "lucide-react";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { text } from "../text";
import { placeOf } from "../try/place";
import { Button } from "../ui/Button";
import { Grid } from "../ui/Grid";
import { useActive } from "../ui/useActive";
import { useNarrow } from "../ui/useNarrow";
import { When } from "../ui/When";
import { Actor } from "../users/Actor";
import { withUsernames } from "../users/names";
import { isOfObject, type AuditEvent } from "./events";

const words = text.audit;
/** The heights of a row, as the style sheet has them: on a narrow window it has three lines. */
const HEIGHT = 32;
const HEIGHT_NARROW = 68;
const HEADS = [words.time, words.outcome, words.actor, words.action, words.resource, words.reason];

interface Props {
  /** The filters that the events are of. */
  of: string;
  events: readonly AuditEvent[];
  isPending: boolean;
  isLoadingMore: boolean;
  /** Loads more, if there is more. */
  more: (() => void) | null;
  /** Whether the events are only some of what is loaded. */
  isFiltered: boolean;
  onOpen: (event: AuditEvent) => void;
  empty: ReactNode;
}

/** The events that are loaded, newest first. */
export function EventGrid({ of, events, isPending, isLoadingMore, more, isFiltered, onOpen, empty }: Props) {
  const active = useActive(events, idOf);
  const isNarrow = useNarrow();
  const list = useRef<HTMLDivElement>(null);
  const [above, setAbove] = useState({ of, count: 0 });
  const hidden = above.of === of ? above.count : 0;
  const showNewest = () => {
    if (list.current !== null) list.current.scrollTop = 0;
    list.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
  };
  const current = events[active.at];
  const press = (event: KeyboardEvent): boolean => {
    if ((event.key !== "Enter" && event.key !== " ") || current === undefined) return false;
    onOpen(current);
    return true;
  };
  return (
    <>
      <Grid
        label={words.title}
        look="events"
        rows={events}
        keyOf={idOf}
        height={isNarrow ? HEIGHT_NARROW : HEIGHT}
        isHeadless={isNarrow}
        head={HEADS.map((label) => (
          <div role="columnheader" key={label}>
            {label}
          </div>
        ))}
        skeleton={HEADS.map(() => true)}
        isPending={isPending}
        more={more}
        isFiltered={isFiltered}
        isLoadingMore={isLoadingMore}
        active={active}
        activeId={rowId(current)}
        onKey={press}
        rowProps={(event, index) => ({
          id: rowId(event),
          onClick: () => {
            active.go(index);
            onOpen(event);
          },
        })}
        cells={(event) => <Cells event={event} />}
        growth={{ of, list, onCome: (many) => setAbove({ of, count: hidden + many }) }}
        listProps={{
          onScroll: (event) => {
            if (event.currentTarget.scrollTop === 0 && hidden > 0) setAbove({ of, count: 0 });
          },
        }}
        empty={empty}
      />
      {hidden === 0 ? null : (
        <div className="status" role="status">
          <Button size="small" onPress={showNewest}>
            <ArrowUp aria-hidden /> {words.above(hidden)}
          </Button>
        </div>
      )}
    </>
  );
}

function idOf(event: AuditEvent): string {
  return event.id;
}

function rowId(event: AuditEvent | undefined): string {
  return `event-${event?.id ?? ""}`;
}

function Cells({ event }: { event: AuditEvent }) {
  const place = event.bucket == null ? (event.key ?? "") : placeOf(event.bucket, event.key ?? "");
  const times = event.count != null && event.count > 1 ? ` × ${event.count.toLocaleString()}` : "";
  return (
    <>
      <div role="gridcell" className="time">
        <When at={new Date(event.at)} isExact />
      </div>
      <div role="gridcell" className={event.outcome === "allow" ? "outcome" : "outcome danger"}>
        {words.outcomes[event.outcome]}
      </div>
      <div role="gridcell" className="actor" title={event.actor}>
        <Actor actor={event.actor} />
      </div>
      <div role="gridcell" className="action" title={event.action}>
        {event.action}
        {times}
      </div>
      <div role="gridcell" className="place" title={place}>
        {isOfObject(event) ? place : withUsernames(place)}
      </div>
      <div role="gridcell" className="reason soft" title={event.detail}>
        {event.reason === "ok" ? "" : event.reason}
      </div>
    </>
  );
}
