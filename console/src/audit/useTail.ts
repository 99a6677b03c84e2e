import { useEffect, useState } from "react";

import { Problem } from "../api/problem";
import { listen, type AuditEvent } from "./events";
import type { AuditQuery } from "./filters";

/** How many new events are kept. */
const KEPT = 5000;
/** How long a stream that broke off is waited for before it is opened again, in milliseconds. */
const WAITS = [500, 1000, 2000, 5000, 10_000, 30_000];

export interface Tail {
  /** Newest first. */
  events: readonly AuditEvent[];
  /** Why nothing comes just now; `null` while all is well. */
  error: unknown;
}

const NOTHING: Tail = { events: [], error: null };

/**
 * The events that happen while it is on, behind the event `last`. A stream that breaks off is opened again. What was heard stays
 * when it is turned off, until others are asked for.
 */
export function useTail(query: AuditQuery, isOn: boolean, last: string | null): Tail {
  const key = JSON.stringify(query);
  const [heard, setHeard] = useState({ key, tail: NOTHING });
  const tail = heard.key === key ? heard.tail : NOTHING;
  useEffect(() => {
    if (!isOn) return;
    const ending = new AbortController();
    const tell = (change: (tail: Tail) => Tail) => {
      if (!ending.signal.aborted) setHeard((now) => ({ key, tail: change(now.key === key ? now.tail : NOTHING) }));
    };
    void follow(JSON.parse(key) as AuditQuery, tail.events[0]?.id ?? last, ending.signal, tell);
    return () => {
      ending.abort();
      setHeard((now) => ({ ...now, tail: { ...now.tail, error: null } }));
    };
    // Where it begins is said once: it goes on from what it heard.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, isOn]);
  return tail;
}

async function follow(
  query: AuditQuery,
  from: string | null,
  signal: AbortSignal,
  tell: (change: (tail: Tail) => Tail) => void,
): Promise<void> {
  let [last, failures] = [from, 0];
  while (!signal.aborted) {
    try {
      for await (const event of listen(query, last, signal)) {
        [last, failures] = [event.id, 0];
        tell((tail) => ({ events: withEvent(tail.events, event), error: null }));
      }
      failures = 0;
    } catch (error) {
      if (isAborted(signal)) return;
      // What the server refuses, it refuses again.
      const isRefused = error instanceof Problem && [400, 401, 403].includes(error.status);
      failures += 1;
      if (isRefused || failures > 1) tell((tail) => ({ ...tail, error }));
      if (isRefused) return;
    }
    await pause(WAITS[Math.min(failures, WAITS.length - 1)] ?? 0, signal);
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What was heard beside what is loaded: neither what is loaded as well, nor what is older than a page that is not loaded yet. */
export function unloaded(heard: readonly AuditEvent[], loaded: readonly AuditEvent[], hasMore: boolean): AuditEvent[] {
  const known = new Set(loaded.map((event) => event.id));
  const oldest = hasMore ? (loaded.at(-1)?.id ?? "") : "";
  return heard.filter(({ id }) => !known.has(id) && id > oldest);
}

/** Events with one more, newest first by their ids, each once. */
export function withEvent(events: readonly AuditEvent[], event: AuditEvent): AuditEvent[] {
  if (events.some((one) => one.id === event.id)) return [...events];
  const at = events.findIndex((one) => one.id < event.id);
  const place = at < 0 ? events.length : at;
  return [...events.slice(0, place), event, ...events.slice(place)].slice(0, KEPT);
}

function pause(wait: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = window.setTimeout(done, wait);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      done();
    });
  });
}
