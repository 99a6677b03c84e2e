import { csvLine } from "../ui/csv";
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
export const HEAD = csvLine(COLUMNS);

/** An event as a line. */
export function lineOf(event: AuditEvent): string {
  return csvLine(COLUMNS.map((name) => event[name]));
}
