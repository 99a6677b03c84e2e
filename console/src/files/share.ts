import { Problem } from "../api/problem";
import { now } from "../session/clock";
import { text } from "../text";
import { openSession } from "./credentials";
import { asAttachment, urlOf } from "./gateway";

/** An URL with which everybody reads one object. */
export interface Link {
  url: string;
  /** When it ends at the latest. */
  ends: Date;
}

/** The shortest session, in seconds. */
const LEAST = 900;

/**
 * Makes a link to an object that is good for some seconds. A session of its own signs it, so it is judged anew each time
 * it is used: it ends when whoever made it may read no more. One that was signed for the storage would go on.
 */
export async function share(bucket: string, key: string, seconds: number): Promise<Link> {
  const opened = await openSession(Math.max(LEAST, seconds));
  // The project may allow shorter sessions only.
  const lives = Math.min(seconds, Math.floor((opened.ends - Date.now()) / 1000));
  const ends = new Date(now().getTime() + lives * 1000);
  const url = await urlOf(bucket, key, asAttachment(key), lives, opened);
  await demandWorking(url);
  return { url, ends };
}

/** Demands that a link works, so that it is not found out by whoever gets it: it may live too long for the project. */
async function demandWorking(url: string): Promise<void> {
  const leave = new AbortController();
  const answer = await fetch(url, { cache: "no-store", credentials: "omit", signal: leave.signal }).catch(() => {
    throw Problem.unreachable(text.problems.theGateway);
  });
  if (!answer.ok) throw Problem.ofS3(answer.status, await answer.text(), answer.headers.get("x-amz-request-id"));
  leave.abort();
}
