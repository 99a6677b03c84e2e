// Copies within the storage: no byte comes here.

import { Problem } from "../api/problem";
import { text } from "../text";
import { find, objectUrl, remove, send, type Item } from "./gateway";
import { demandCopied, head, tags, type Head } from "./objects";
import { escape, nameOf } from "./names";
import { copiedRanges, MOST_COPIED } from "./parts";
import { pathOf } from "./path";
import type { Row } from "./rows";
import { escapeXml, textOf } from "./xml";

const words = text.transfer;

/** Where an object is. */
export interface Place {
  bucket: string;
  key: string;
}

/** An object that is copied, and where to. */
export interface Step {
  from: Place;
  to: Place;
  size: number;
}

/** The name under which an object of a row stands at its target: of a folder, with what is below it. */
export function targetOf(row: Row, key: string, folder: string, name = nameOf(row.key)): string {
  return row.isFolder ? `${folder}${name.replace(/\/?$/, "/")}${key.slice(row.key.length)}` : folder + name;
}

/** Whether a folder would be copied into itself, without an end. */
export function isInside(row: Row, target: string): boolean {
  return row.isFolder && target.startsWith(row.key);
}

/** The steps for a row and the objects that it stands for. */
export function stepsOf(from: string, row: Row, items: readonly Item[], to: Place, name?: string): Step[] {
  return items.map(({ key, size }) => {
    const target = targetOf(row, key, to.key, name);
    return { from: { bucket: from, key }, to: { bucket: to.bucket, key: target }, size };
  });
}

/** A key that steps would write to while it is still to be read, as a move of `a/a/` to the folder above does; or `null`. */
export function overlapOf(steps: readonly Step[]): string | null {
  const sources = new Set(steps.map(({ from }) => `${from.bucket}/${from.key}`));
  return steps.find(({ to }) => sources.has(`${to.bucket}/${to.key}`))?.to.key ?? null;
}

/** Copies an object with its metadata. It is there at once, or not at all; many objects are not. */
export async function copy({ from, to, size }: Step): Promise<void> {
  if (size > MOST_COPIED) {
    await copyInParts(from, to);
    return;
  }
  const headers = { "x-amz-copy-source": pathOf(from.bucket, from.key) };
  demandCopied(await (await send(objectUrl(to.bucket, to.key), { method: "PUT", headers })).text());
}

/** Moves an object: what was is deleted when the storage has said that the copy is there. */
export async function move(step: Step): Promise<void> {
  await copy(step);
  await demandApart(step);
  await remove(step.from.bucket, step.from.key);
}

/** Some storages take upper and lower case for one: there the copy is the source itself, and must stay. */
async function demandApart({ from, to }: Step): Promise<void> {
  if (from.bucket !== to.bucket || from.key.toLowerCase() !== to.key.toLowerCase()) return;
  const both = await Promise.all([find(from.bucket, from.key), find(to.bucket, to.key)]);
  if (both.includes(null)) throw new Problem(0, "one_key", words.title, words.oneKey(from.key), null);
}

/** A copy in parts has nothing of the source but its content, so type, metadata and tags are sent along. */
async function copyInParts(from: Place, to: Place): Promise<void> {
  const url = objectUrl(to.bucket, to.key);
  const source = await head(from.bucket, from.key);
  // The content is that of this version, and the tags are its own.
  const tagged = await tags(from.bucket, from.key, source.version);
  const begun = await begin(`${url}?uploads=`, { ...ownHeaders(source), ...tagHeader(tagged ?? []) }, from.key);
  const id = escape(textOf(await begun.text(), "UploadId") ?? "");
  try {
    let parts = "";
    for (const [at, { first, last }] of copiedRanges(source.size).entries()) {
      const headers = {
        "x-amz-copy-source": pathOf(from.bucket, from.key),
        // Parts of two versions would be no object of either.
        "x-amz-copy-source-if-match": `"${source.etag}"`,
        "x-amz-copy-source-range": `bytes=${first}-${last}`,
      };
      const answer = await send(`${url}?partNumber=${at + 1}&uploadId=${id}`, { method: "PUT", headers });
      const xml = await answer.text();
      demandCopied(xml);
      parts += `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(textOf(xml, "ETag") ?? "")}</ETag></Part>`;
    }
    const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
    demandCopied(await (await send(`${url}?uploadId=${id}`, { method: "POST", body })).text());
  } catch (error) {
    await send(`${url}?uploadId=${id}`, { method: "DELETE" }).catch(() => undefined);
    throw error;
  }
}

/** Begins a copy in parts. Where the reader may not give tags, nothing is copied: they would be lost without a word. */
async function begin(url: string, headers: Record<string, string>, key: string): Promise<Response> {
  try {
    return await send(url, { method: "POST", headers });
  } catch (error) {
    const isOfTags = error instanceof Problem && error.code === "tags_need_root";
    throw isOfTags ? new Problem(error.status, error.code, words.notCopied, words.tagged(key), error.requestId) : error;
  }
}

/** The tags as a query, which is how S3 takes them in a header. */
function tagHeader(tagged: readonly (readonly [string, string])[]): Record<string, string> {
  const query = tagged.map(([name, value]) => `${escape(name)}=${escape(value)}`).join("&");
  return query === "" ? {} : { "x-amz-tagging": query };
}

function ownHeaders({ type, metadata, others }: Head): Record<string, string> {
  const meta = metadata.map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const kept = others.filter(([name]) => !name.startsWith("x-amz-"));
  return Object.fromEntries([["content-type", type], ...meta, ...kept]) as Record<string, string>;
}
