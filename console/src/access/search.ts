import type { Subject } from "../users/subjects";

/** What the access page is about, in its address. */
export interface AccessSearch {
  bucket?: string;
  user?: string;
  group?: string;
  /** The grants as they were at this instant; of a bucket only. */
  at?: string;
}

/** Reads the address. A name of digits is a name, too. */
export function readAccessSearch(search: Record<string, unknown>): AccessSearch {
  const of = (name: string): string | undefined => {
    const value = search[name];
    return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
  };
  const [bucket, user, group, at] = [of("bucket"), of("user"), of("group"), of("at")];
  if (bucket !== undefined) return at !== undefined && !Number.isNaN(Date.parse(at)) ? { bucket, at } : { bucket };
  if (user !== undefined) return { user };
  return group === undefined ? {} : { group };
}

/** The address of what a subject may do; everybody has none. */
export function searchFor({ kind, subject }: Subject): AccessSearch | null {
  if (kind === "user") return { user: subject };
  return kind === "group" || kind === "token_group" ? { group: subject } : null;
}
