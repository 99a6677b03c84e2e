import { api, data } from "../api/client";
import { Problem } from "../api/problem";
import type { components } from "../api/schema";
import type { AuditQuery } from "./filters";
import { eventReader } from "./sse";

export type AuditEvent = components["schemas"]["AuditEvent"];
export type AuditPage = components["schemas"]["Page_AuditEvent"];

/** Whether the key of an event is the key of an object, and nothing else. */
export function isOfObject({ action }: AuditEvent): boolean {
  return action.startsWith("s3:");
}

/** How many events a page has. */
const PAGE = 200;

/** A page of events, newest first. */
export async function readPage(query: AuditQuery, token: string | null): Promise<AuditPage> {
  const paging = { page_size: PAGE, ...(token === null ? {} : { page_token: token }) };
  const page = data(await api.GET("/v1/audit-events", { params: { query: { ...query, ...paging } } }));
  // The route has other forms for who asks for them.
  return page as AuditPage;
}

/** Events as they happen, from the one behind `last` on, or from now on; until the stream breaks off. */
export async function* listen(query: AuditQuery, last: string | null, signal: AbortSignal): AsyncGenerator<AuditEvent> {
  const headers = { accept: "text/event-stream", ...(last === null ? {} : { "last-event-id": last }) };
  const read = eventReader();
  for await (const piece of await stream(query, headers, signal)) {
    for (const event of read(piece)) {
      const body = JSON.parse(event.data) as unknown;
      if (event.type === "problem") throw Problem.of(statusOf(body), body);
      yield body as AuditEvent;
    }
  }
}

/** All events, newest first, as the lines of NDJSON: each piece ends wherever the network cut it. */
export async function lines(query: AuditQuery, signal: AbortSignal): Promise<AsyncIterable<string>> {
  return stream(query, { accept: "application/x-ndjson" }, signal);
}

async function stream(
  query: AuditQuery,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const answer = await api.GET("/v1/audit-events", { params: { query }, headers, signal, parseAs: "stream" });
  return texts(data(answer) as ReadableStream<Uint8Array<ArrayBuffer>>);
}

async function* texts(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function statusOf(body: unknown): number {
  return (body as { status?: number } | null)?.status ?? 0;
}
