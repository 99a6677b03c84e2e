import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { step } from "../files/selection";
import { text } from "../text";
import { placeOf } from "../try/place";
import { useNarrow } from "../ui/useNarrow";
import { When } from "../ui/When";
import { Actor } from "../users/Actor";
import { withUsernames } from "../users/names";
import { isOfObject, type AuditEvent } from "./events";

const words = text.audit;
/** The heights of a row, as the style sheet has them: on a narrow window it has three lines. */
const HEIGHT = 32;
const HEIGHT_NARROW = 68;
/** How many rows before the end the next page is asked for. */
const AHEAD = 50;

interface Props {
  events: readonly AuditEvent[];
  isPending: boolean;
  isLoadingMore: boolean;
  /** Loads more, if there is more. */
  more: (() => void) | null;
  onOpen: (event: AuditEvent) => void;
  empty: ReactNode;
}

/** Events of which only those in sight are in the document. The keyboard moves an active row (WAI-ARIA grid). */
export function EventGrid({ events, isPending, isLoadingMore, more, onOpen, empty }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  // The row stays the same while others come above it.
  const [active, setActive] = useState<string | null>(null);
  const isNarrow = useNarrow();
  const height = isNarrow ? HEIGHT_NARROW : HEIGHT;
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    scrollPaddingStart: isNarrow ? 0 : HEIGHT,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== null && last >= events.length - AHEAD) more();
  }, [last, more, events.length]);
  const at = Math.max(0, events.findIndex((event) => event.id === active));
  const current = events[at];
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
    const to = step(event.key, at, events.length, page);
    if (to !== null) {
      setActive(events[to]?.id ?? null);
      virtual.scrollToIndex(to);
    } else if ((event.key === "Enter" || event.key === " ") && current !== undefined) onOpen(current);
    else return;
    event.preventDefault();
  };
  return (
    <div className="list events" ref={scroller}>
      <div
        className="grid"
        role="grid"
        aria-label={words.title}
        aria-rowcount={more === null && !isLoadingMore ? events.length + 1 : -1}
        aria-busy={isPending}
        tabIndex={0}
        onKeyDown={press}
        {...(current === undefined ? {} : { "aria-activedescendant": `event-${current.id}` })}
      >
        <div className="tr head" role="row" aria-rowindex={1}>
          {[words.time, words.outcome, words.actor, words.action, words.resource, words.reason].map((label) => (
            <div role="columnheader" key={label}>
              {label}
            </div>
          ))}
        </div>
        {isPending ? <Skeletons /> : null}
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const event = events[item.index];
            if (event === undefined) return null;
            return (
              <div
                key={event.id}
                id={`event-${event.id}`}
                className={item.index === at ? "tr active" : "tr"}
                role="row"
                aria-rowindex={item.index + 2}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => {
                  setActive(event.id);
                  onOpen(event);
                }}
              >
                <Cells event={event} />
              </div>
            );
          })}
        </div>
      </div>
      {!isPending && events.length === 0 ? empty : null}
    </div>
  );
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

function Skeletons() {
  return [70, 45, 60, 52, 66].map((width) => (
    <div className="tr" role="row" key={width}>
      {[0, 1, 2, 3, 4, 5].map((column) => (
        <div role="gridcell" key={column}>
          <div className="skeleton" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  ));
}
