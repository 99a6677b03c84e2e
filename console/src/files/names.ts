// Names of objects: what computes with them.

/** A key or prefix as it stands in the path of an URL: each segment escaped, slashes kept. */
export function escapePath(key: string): string {
  return key.split("/").map(escape).join("/");
}

/** A text with everything escaped but `A-Z a-z 0-9 - _ . ~` (RFC 3986 §2.3), as SigV4 wants it. */
export function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Whether a name in a key or prefix is `.` or `..`. */
export function hasDots(key: string): boolean {
  return key.split("/").some(isDots);
}

/** The last segment of a key or prefix; of a folder with its slash. */
export function nameOf(key: string): string {
  const end = key.endsWith("/") ? key.length - 1 : key.length;
  return key.slice(key.lastIndexOf("/", end - 1) + 1);
}

/** The folder that a prefix ends in: all up to the last slash. */
export function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf("/") + 1);
}

/**
 * A folder as it stands in the address of its page. Two slashes in a row would become one there, and `.` and `..` would be
 * resolved, so these have a `~` before them, and a name that begins with `~` has one more.
 */
export function addressOf(folder: string): string {
  const names = folder.split("/").slice(0, -1);
  return names.map((name) => `${name === "" || name.startsWith("~") || isDots(name) ? "~" : ""}${name}/`).join("");
}

/** The folder of an address, which may have lost its last slash. */
export function folderAt(address: string): string {
  const names = address.replace(/\/$/, "").split("/");
  if (address === "") return "";
  const isMarked = (name: string) => name === "~" || name.startsWith("~~") || name === "~." || name === "~..";
  return names.map((name) => `${isMarked(name) ? name.slice(1) : name}/`).join("");
}

/** The folder above one; the empty one is above itself. */
export function parentOf(folder: string): string {
  return folderOf(folder.slice(0, -1));
}

/** The folders on the way to one: the name of each, and its prefix. */
export function crumbs(folder: string): { name: string; prefix: string }[] {
  const names = folder.split("/").slice(0, -1);
  return names.map((name, at) => ({ name, prefix: `${names.slice(0, at + 1).join("/")}/` }));
}

/** The way to a folder, from the bucket; to one in somebody's home from there, because what is above is not theirs. */
export function wayTo(
  bucket: string,
  folder: string,
  home: { bucket: string; prefix: string; name: string } | null,
): { name: string; prefix: string }[] {
  const all = crumbs(folder);
  if (home === null || home.bucket !== bucket || !folder.startsWith(home.prefix)) return [{ name: bucket, prefix: "" }, ...all];
  const { name, prefix } = home;
  return [{ name, prefix }, ...all.filter((one) => one.prefix.length > prefix.length)];
}

/** What is wrong with the name of a new folder; `null` if nothing is. */
export function flawOfName(name: string): "empty" | "dots" | "slash" | null {
  if (name.trim() === "") return "empty";
  if (name.includes("/")) return "slash";
  return isDots(name) ? "dots" : null;
}

function isDots(name: string): boolean {
  return name === "." || name === "..";
}

/** Another name for a file whose own is taken: `cat.png` becomes `cat (2).png`, and that `cat (3).png`. */
export function besides(key: string, taken: (key: string) => boolean): string {
  const name = nameOf(key);
  const dot = name.lastIndexOf(".");
  const end = dot > 0 ? name.slice(dot) : "";
  const whole = key.slice(0, key.length - end.length);
  // A year in parentheses is no such number.
  const counted = / \((\d{1,3})\)$/.exec(whole);
  const stem = counted === null ? whole : whole.slice(0, counted.index);
  for (let number = Number(counted?.[1] ?? 1) + 1; ; number += 1) {
    const other = `${stem} (${number})${end}`;
    if (!taken(other)) return other;
  }
}

/**
 * A folder as it was typed: with one slash at its end, unless it is the bucket itself. Spaces around it and slashes before
 * it are slips, but what stood in the field before stays as it is.
 */
export function folderTyped(typed: string, before = ""): string {
  if (before !== "" && typed.startsWith(before)) return before + folderTyped(typed.slice(before.length));
  const plain = typed.trim().replace(/^\/+/, "");
  return plain === "" || plain.endsWith("/") ? plain : `${plain}/`;
}
