// The words of an address. They stay texts: a user may be called `12345678901234567890`, and a bucket `true`.

/** Reads what stands behind the `?`. Of a word that is there twice, the last is taken. */
export function parseSearch(search: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Writes what stands behind the `?`, and the `?`, where there is anything. */
export function stringifySearch(search: Record<string, unknown>): string {
  const said = Object.entries(search).filter((word): word is [string, string | boolean] => {
    return typeof word[1] === "string" || typeof word[1] === "boolean";
  });
  const words = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return words === "" ? "" : `?${words}`;
}
