import { expect, test } from "vitest";

import { cell, csvLine, textOfCell } from "./csv";

/** What a program reads: the quotation of RFC 4180 taken off. */
const unquoted = (text: string) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);

/** What a spreadsheet reads of a piece of a line: quotes that begin it end with the next that stands alone, and the rest is behind them. */
function readPiece(piece: string): string {
  const quoted = /^"((?:[^"]|"")*)"?/.exec(piece);
  return quoted === null ? piece : (quoted[1] ?? "").replaceAll('""', '"') + piece.slice(quoted[0].length);
}

test("what could be a formula is text in every spreadsheet", () => {
  expect([cell('a "b", c'), cell("a\nb"), cell("a-1"), cell(-1), cell(null), cell(" a")]).toEqual([
    '"a ""b"", c"',
    '"a\nb"',
    "a-1",
    "-1",
    "",
    '" a"',
  ]);
  expect(csvLine(["=x,y", 3, undefined])).toBe(`"'=x,y",3,\r\n`);
  const signs = ["=", "+", "-", "@", "＝", "＋", "－", "＠"];
  const starts = ["", " ", "\t", "\r\n", "\u00a0", "'", " '", '"', '""', '"""', `'"`, `"'`, ' " '];
  const evil = starts.flatMap((start) => signs.map((sign) => `${start}${sign}1`));
  for (const text of [...evil, "\tx", "\nx"]) expect(unquoted(cell(text)).startsWith("'"), text).toBe(true);
  // However the line is cut where a separator stands.
  for (const text of evil.flatMap((one) => [";", "\t", "\n", ";;", "\t\t", "; \t"].map((between) => `a${between}${one};b`))) {
    const written = cell(text);
    for (const piece of unquoted(written).split(/[;\t\r\n]/)) expect(piece, text).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
    for (const piece of written.split(/[;\t\r\n]/)) expect(readPiece(piece), text).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
  }
});

test("each text is read as what it was", () => {
  const parts = ["", "=", "-", "'", "''", ";", "\t", "\n", " ", "a", "＝", '"', ","];
  for (const one of parts) {
    for (const two of parts) {
      for (const three of parts) {
        for (const four of parts) {
          const text = one + two + three + four;
          expect(textOfCell(unquoted(cell(text)))).toBe(text);
        }
      }
    }
  }
});
