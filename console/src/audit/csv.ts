import type { AuditEvent } from "./events";

const COLUMNS = [
  "at",
  "outcome",
  "actor",
  "via_key",
  "action",
  "bucket",
  "key",
  "reason",
  "detail",
  "revision",
  "count",
  "first_at",
  "address",
  "agent",
  "request_id",
  "caller_request_id",
  "project",
  "id",
] as const satisfies readonly (keyof AuditEvent)[];

/** The first line of a file. */
export const HEAD = `${COLUMNS.join(",")}\r\n`;

/** An event as a line of CSV (RFC 4180). */
export function csvLine(event: AuditEvent): string {
  return `${COLUMNS.map((name) => cell(event[name])).join(",")}\r\n`;
}

/** A cell. Who names a key `=HYPERLINK(…)` must not have it run in a spreadsheet: what could be a formula is made text. */
export function cell(value: string | number | null | undefined): string {
  if (value == null) return "";
  if (typeof value === "number") return String(value);
  // Some spreadsheets separate by semicolons, whatever stands in quotes.
  const parted = value.replace(/([;\t]\s*)([=+\-@＝＋－＠])/g, "$1'$2");
  const safe = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) ? `'${parted}` : parted;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
