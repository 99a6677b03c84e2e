import { HEAD, lineOf } from "./csv";
import { lines, type AuditEvent } from "./events";
import { fits, queryOf, type Search } from "./filters";
import { openSink } from "./sink";

export type Format = "ndjson" | "csv";

/** How many characters are written at a time. */
const CHUNK = 256 * 1024;

/**
 * Writes all events of a search to a file, newest first, and answers it. Of the events, only a piece is in memory.
 * Says from time to time how many there are.
 */
export async function exportEvents(
  search: Search,
  format: Format,
  signal: AbortSignal,
  onCount: (count: number) => void,
): Promise<Blob> {
  const sink = await openSink(format === "csv" ? "text/csv" : "application/x-ndjson");
  let [count, text] = [0, format === "csv" ? HEAD : ""];
  try {
    const read = lineReader();
    for await (const piece of await lines(queryOf(search), signal)) {
      for (const line of read(piece)) {
        const event = JSON.parse(line) as AuditEvent;
        if (!fits(event, search)) continue;
        text += format === "csv" ? lineOf(event) : `${line}\n`;
        count += 1;
      }
      if (text.length < CHUNK) continue;
      await sink.write(text);
      text = "";
      onCount(count);
    }
    await sink.write(text);
    onCount(count);
    return await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** Reads lines from their pieces. Every line ends with a line feed. */
export function lineReader(): (piece: string) => string[] {
  let rest = "";
  return (piece) => {
    const all = (rest + piece).split("\n");
    rest = all.pop() ?? "";
    return all.filter((line) => line !== "");
  };
}
