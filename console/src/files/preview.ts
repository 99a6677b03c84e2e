import { nameOf } from "./names";

/** How an object is shown. */
export type Kind = { shows: "text" } | { shows: "image" | "pdf" | "audio" | "video"; type: string } | null;

/** The most that is shown of a text, in bytes. */
export const MOST_TEXT = 1024 * 1024;
/** The largest image or document that is shown. */
export const MOST_BLOB = 32 * 1024 * 1024;

/** By the ends of names: what a storage says of the type is whatever the uploader said. */
const IMAGES: Record<string, string> = {
  avif: "image/avif",
  bmp: "image/bmp",
  gif: "image/gif",
  ico: "image/x-icon",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};
const SOUNDS: Record<string, string> = {
  aac: "audio/aac",
  flac: "audio/flac",
  m4a: "audio/mp4",
  mp3: "audio/mpeg",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  wav: "audio/wav",
};
const FILMS: Record<string, string> = {
  m4v: "video/mp4",
  mov: "video/quicktime",
  mp4: "video/mp4",
  ogv: "video/ogg",
  webm: "video/webm",
};
const TEXTS = new Set(
  (
    "txt md csv tsv json ndjson jsonl yaml yml toml ini conf cfg env log xml html htm svg css js mjs ts tsx jsx rs py " +
    "go java c h cpp hpp rb php sh bash sql gitignore dockerfile makefile lock"
  ).split(" "),
);

/** How an object of this name is shown. Pages and drawings that could run scripts are shown as their text. */
export function kindOf(key: string): Kind {
  const name = nameOf(key).toLowerCase();
  const end = name.slice(name.lastIndexOf(".") + 1);
  const image = IMAGES[end];
  if (image !== undefined) return { shows: "image", type: image };
  const [sound, film] = [SOUNDS[end], FILMS[end]];
  if (sound !== undefined) return { shows: "audio", type: sound };
  if (film !== undefined) return { shows: "video", type: film };
  if (end === "pdf") return { shows: "pdf", type: "application/pdf" };
  return TEXTS.has(end) ? { shows: "text" } : null;
}
