import { type KeyboardEvent, type ReactNode } from "react";

import { text } from "../text";
import { placeOf } from "../try/place";
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
export function EventGrid({ events, isPending, isLoadingMore, more, isFiltered, onOpen, empty }: Props) {
  const active = useActive(events, idOf);
  const isNarrow = useNarrow();
  const current = events[active.at];
  const press = (event: KeyboardEvent): boolean => {
    if ((event.key !== "Enter" && event.key !== " ") || current === undefined) return false;
    onOpen(current);
    return true;
  };
  return (
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
      empty={empty}
    />
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
