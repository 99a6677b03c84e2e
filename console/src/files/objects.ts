// What the storage knows of an object beside its content.

import { Problem } from "../api/problem";
import { bucketUrl, objectUrl, send } from "./gateway";
import { escape } from "./names";
import { pathOf } from "./path";
import { elements, textOf } from "./xml";

/** An object without its content. */
export interface Head {
  size: number;
  type: string;
  etag: string;
  changed: Date | null;
  version: string | null;
  /** Names and values, in the storage's order. */
  checksums: [string, string][];
  /** As the storage has it: what is not ASCII in encoded words. */
  metadata: [string, string][];
  /** What else the storage says: class, encryption, caching, disposition. */
  others: [string, string][];
}

/** A version of an object, or the mark of its deletion. */
export interface Version {
  id: string;
  isLatest: boolean;
  isDeletion: boolean;
  size: number;
  changed: Date;
}

const META = "x-amz-meta-";
const CHECKSUM = "x-amz-checksum-";
const OTHERS = ["cache-control", "content-disposition", "content-encoding", "x-amz-storage-class", "x-amz-server-side-encryption"];

/** What the gateway says of objects that say nothing themselves. */
const OF_GATEWAY = "cache-control: private";

/** Reads an object's head. */
export async function head(bucket: string, key: string): Promise<Head> {
  const answer = await send(objectUrl(bucket, key), { method: "HEAD", headers: { "x-amz-checksum-mode": "ENABLED" } });
  const { headers } = answer;
  const all = [...headers];
  const beginning = (start: string): [string, string][] =>
    all.filter(([name]) => name.startsWith(start)).map(([name, value]) => [name.slice(start.length), value]);
  const modified = headers.get("last-modified");
  return {
    size: Number(headers.get("content-length") ?? 0),
    type: headers.get("content-type") ?? "",
    etag: (headers.get("etag") ?? "").replaceAll('"', ""),
    changed: modified === null ? null : new Date(modified),
    version: headers.get("x-amz-version-id"),
    checksums: beginning(CHECKSUM).filter(([name]) => name !== "type"),
    metadata: beginning(META),
    others: all.filter(([name, value]) => OTHERS.includes(name) && `${name}: ${value}` !== OF_GATEWAY),
  };
}

/** The tags of an object, or of a version of it; `null` if the storage knows no tags. */
export async function tags(bucket: string, key: string, version: string | null = null): Promise<[string, string][] | null> {
  const of = version === null ? "" : `&versionId=${escape(version)}`;
  const xml = await known(`${objectUrl(bucket, key)}?tagging=${of}`).catch((error: unknown) => {
    // So some storages say that there are none.
    if (error instanceof Problem && error.code === "NoSuchTagSet") return "";
    throw error;
  });
  if (xml === null) return null;
  return elements(xml, "Tag").map((tag) => [textOf(tag, "Key") ?? "", textOf(tag, "Value") ?? ""]);
}

/** The versions of an object, newest first; `null` if the storage knows no versions. */
export async function versions(bucket: string, key: string): Promise<Version[] | null> {
  const xml = await known(bucketUrl(bucket, `versions=&max-keys=1000&prefix=${escape(key)}`));
  if (xml === null) return null;
  const of = (name: string, isDeletion: boolean) =>
    elements(xml, name)
      .filter((one) => textOf(one, "Key") === key)
      .map((one): Version => {
        return {
          id: textOf(one, "VersionId") ?? "null",
          isLatest: textOf(one, "IsLatest") === "true",
          isDeletion,
          size: Number(textOf(one, "Size") ?? 0),
          changed: new Date(textOf(one, "LastModified") ?? 0),
        };
      });
  const all = [...of("Version", false), ...of("DeleteMarker", true)];
  return all.sort((one, other) => Number(other.isLatest) - Number(one.isLatest) || +other.changed - +one.changed);
}

/** Makes a version the present one, by a copy of it. */
export async function restore(bucket: string, key: string, version: string): Promise<void> {
  const source = `${pathOf(bucket, key)}?versionId=${escape(version)}`;
  const answer = await send(objectUrl(bucket, key), { method: "PUT", headers: { "x-amz-copy-source": source } });
  demandCopied(await answer.text());
}

/** Deletes a version for good. */
export async function removeVersion(bucket: string, key: string, version: string): Promise<void> {
  await send(`${objectUrl(bucket, key)}?versionId=${escape(version)}`, { method: "DELETE" });
}

/** Demands that an answer of a copy says that it is done: a storage may answer 200 and then an error. */
export function demandCopied(xml: string): void {
  if (textOf(xml, "ETag") === null) throw Problem.ofS3(500, xml, null);
}

/** An answer; `null` if the storage does not know what was asked. */
async function known(url: string): Promise<string | null> {
  try {
    return await (await send(url, {})).text();
  } catch (error) {
    if (error instanceof Problem && (error.status === 501 || error.code === "NotImplemented")) return null;
    throw error;
  }
}
