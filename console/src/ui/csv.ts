// Comma-separated values (RFC 4180) that no spreadsheet takes for formulas, and that are read as what they were. Who names
// a key `=HYPERLINK(…)` must not have it run: a quote stands before what could be a formula.

/** What is text at the beginning of a cell although it looks like a formula, or the beginning of one in another cell. */
const FORMULA = /^['"\s]*[=+\-@＝＋－＠]|^'*[\t\r\n]/;

/** A line, with its end. */
export function csvLine(cells: readonly (string | number | null | undefined)[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/** A cell. */
export function cell(value: string | number | null | undefined): string {
  if (value == null) return "";
  if (typeof value === "number") return String(value);
  // Some spreadsheets separate by semicolons or tabs, whatever stands in quotes. What a quote begins there ends with the next.
  const parted = value.replace(/([;\t\r\n]['"\s]*)([=+\-@＝＋－＠])/g, "$1'$2");
  const safe = FORMULA.test(parted) ? `'${parted}` : parted;
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The text of a cell that {@link cell} wrote, once its quotation is read. */
export function textOfCell(read: string): string {
  const parted = read.startsWith("'") && FORMULA.test(read.slice(1)) ? read.slice(1) : read;
  return parted.replace(/([;\t\r\n]['"\s]*)'([=+\-@＝＋－＠])/g, "$1$2");
}
