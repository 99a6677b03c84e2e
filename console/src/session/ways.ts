import { Problem } from "../api/problem";
import type { components } from "../api/schema";
import { config } from "../config";
import { text } from "../text";
import { learnNames } from "../users/names";
import { learn, now } from "./clock";
import { complete, demandPending, renewed, revoke, type Granted, type Renewal } from "./issuer/client";
import { landing } from "./issuer/landing";
import { noticeEnd, session, setSession, type Session, type Way, type Whoami } from "./session";
import { hearTabs, tellTabs } from "./tabs";
import { idOfWho } from "./who";

type SignedIn = components["schemas"]["SignedIn"];

/** How long before its end a sign-in is renewed. */
const AHEAD = 2 * 60_000;
/** The longest wait of a timer: browsers take no longer ones. */
const LONGEST = 2 ** 31 - 1;
/**
 * The id of the account whose refresh cookie there is: scripts cannot see the cookie, and the first load asks for nothing
 * in vain. Another host of the same domain can plant a cookie of another account, so whoever it signs in is compared.
 */
const COOKIE_OF = "cargo.signed-in";
/** Asks for, and sends, the refresh cookie: no page of another origin can send this. */
const WITH_COOKIE = { "x-cargo-console": "1" };

let timer: number | undefined;
/** Counts the ends of sign-ins: what was asked for before an end is not taken after it. */
let ended = 0;
/** Counts the sign-outs in other tabs. */
let heard = 0;
/** The last of them, by that count, of each who signed out. */
const left = new Map<unknown, number>();

/** What was counted when a sign-in was begun, or its renewal. */
interface Beginning {
  ended: number;
  heard: number;
}

/** Whoever was to be signed in signed out meanwhile. */
class SignedOut extends Error {}

/** Signs in with an account of the server. */
export async function signInWithAccount(login: {
  name: string;
  password: string;
  newPassword: string;
  project: string;
}): Promise<void> {
  const named = login.name.includes("@") ? { email: login.name } : { username: login.name };
  const body = {
    ...named,
    password: login.password,
    ...(login.newPassword === "" ? {} : { new_password: login.newPassword }),
    ...(login.project === "" ? {} : { project: login.project }),
  };
  const since = beginning();
  try {
    await began((await post("/auth/login", body, WITH_COOKIE)) as SignedIn, since);
  } catch (problem) {
    if (problem instanceof SignedOut) await logOut();
    throw problem;
  }
}

/** Signs in with a key or a token that was made elsewhere. */
export async function signInWithPasted(pasted: string): Promise<void> {
  await begin(pasted.trim(), { kind: "pasted" }, null);
}

/** Signs in as a user of `dev`. */
export async function signInAsDemo(user: string): Promise<void> {
  const demo = config().demo;
  if (demo === null) throw new Error("this server has no demo users");
  await signInWithAccount({ name: user, password: demo.password, newPassword: "", project: demo.project });
}

/**
 * Completes the sign-in at an auth service that led here, if one did: what went wrong, or `null`. The address becomes the one
 * where the user wanted to go on.
 */
export async function signInWhereLed(): Promise<unknown> {
  const answer = landing();
  if (answer === null) return null;
  let to: string | null = null;
  const since = beginning();
  try {
    const { pending, service } = demandPending(answer);
    to = pending.to;
    await take(await complete(answer, pending, service), since);
    window.history.replaceState(null, "", `/console${to}`);
    return null;
  } catch (problem) {
    const search = to === null || to === "/" ? "" : `?${new URLSearchParams({ to }).toString()}`;
    window.history.replaceState(null, "", `/console/sign-in${search}`);
    return problem;
  }
}

/** Signs in with what an auth service gave. Where somebody signed out meanwhile, that ends there, too. */
async function take(granted: Granted, since: Beginning): Promise<void> {
  try {
    await takeFirst(granted, since);
  } catch (problem) {
    const isLeft = problem instanceof SignedOut || since.ended !== ended;
    if (isLeft && granted.renewal !== null) await revoke(granted.renewal);
    throw problem;
  }
}

/** Signs in with the first of the tokens that the server takes. */
async function takeFirst({ bearers, name, renewal }: Granted, since: Beginning): Promise<void> {
  const way: Way = { kind: "issuer", name, renewal };
  const [first, other] = bearers;
  if (first === undefined) throw new Error("an auth service gave no token");
  if (other === undefined) return begin(first, way, null, since);
  await begin(first, way, null, since).catch((problem: unknown) => {
    if (problem instanceof Problem && problem.status === 401) return begin(other, way, null, since);
    throw problem;
  });
}

/** Goes on with the sign-in of an earlier load, if there is one. */
export async function resume(): Promise<void> {
  const account = window.localStorage.getItem(COOKIE_OF);
  try {
    if (account !== null) await refresh(account);
  } catch (problem) {
    const present = window.localStorage.getItem(COOKIE_OF);
    // Somebody else has signed in by now, in another tab: the cookie is theirs.
    if (present !== null && present !== account) return;
    forget();
    // The renewal may have reached the server after the sign-out.
    if (problem instanceof SignedOut) await logOut();
  }
}

/** Signs out, in every tab: what came of the sign-in ends at the server, too. */
export async function signOut(): Promise<void> {
  const present = session();
  if (present !== null) tellTabs(idOfWho(present));
  forget();
  if (present?.way.kind === "account") await logOut();
  await revokeOf(present);
}

/**
 * Has this tab forget who signs out in another one, and whose sign-in is under way here. What an auth service gave to this
 * tab ends there: the other one does not have it.
 */
export function followTabs(): void {
  hearTabs((who) => {
    heard += 1;
    left.set(who, heard);
    const present = session();
    if (present === null || idOfWho(present) !== who) return;
    forget();
    void revokeOf(present);
  });
}

/** Ends a session at the auth service that it is of. */
async function revokeOf(present: Session | null): Promise<void> {
  if (present?.way.kind === "issuer" && present.way.renewal !== null) await revoke(present.way.renewal);
}

function beginning(): Beginning {
  return { ended, heard };
}

async function logOut(): Promise<void> {
  await fetch("/auth/logout", { method: "POST", headers: WITH_COOKIE }).catch(() => undefined);
}

/** Ends the session here: the server does not take it any more. */
export function forget(): void {
  window.clearTimeout(timer);
  ended += 1;
  window.localStorage.removeItem(COOKIE_OF);
  setSession(null);
}

/** Goes on with the sign-in of an account, and with nobody else's. */
async function refresh(account: string, since = beginning()): Promise<void> {
  const answer = (await post("/auth/refresh", undefined, WITH_COOKIE)) as SignedIn;
  if (answer.user.id !== account) throw new Error("the cookie is another account's");
  await began(answer, since);
}

async function began(answer: SignedIn, since = beginning()): Promise<void> {
  const { id, username, display_name } = answer.user;
  if (since.ended === ended) learnNames([answer.user]);
  const way: Way = { kind: "account", id, name: display_name ?? username };
  await begin(answer.access_token, way, in_(answer.expires_in), since);
  window.localStorage.setItem(COOKIE_OF, id);
}

async function begin(bearer: string, way: Way, ends: Date | null, since = beginning()): Promise<void> {
  const who = await whoami(bearer);
  const isLeft = (left.get(idOfWho({ who })) ?? 0) > since.heard;
  if (isLeft || since.ended !== ended) throw new SignedOut("somebody signed out meanwhile");
  const last = who.expires_at == null ? ends : new Date(who.expires_at);
  setSession({ bearer, way, who, ends: last });
  plan(session());
}

async function whoami(bearer: string): Promise<Whoami> {
  const headers = { authorization: `Bearer ${bearer}` };
  return (await ask("/v1/whoami", { headers })) as Whoami;
}

function plan(present: Session | null): void {
  window.clearTimeout(timer);
  if (present?.ends == null) return;
  const left = present.ends.getTime() - now().getTime();
  // A token that lives shorter than that is renewed half-way, not at once and for ever.
  const wait = Math.max(0, left - AHEAD, left / 2);
  timer = window.setTimeout(() => void renew(present), Math.min(wait, LONGEST));
}

async function renew(old: Session): Promise<void> {
  if (session() !== old) return;
  const since = beginning();
  try {
    if (old.way.kind === "account") await refresh(old.way.id, since);
    else if (old.way.kind === "issuer" && old.way.renewal !== null) await renewAt(old.way.renewal, old.way.name, since);
    else noticeEnd();
  } catch {
    if (since.ended === ended) noticeEnd();
    // The renewal may have reached the server after the sign-out.
    else if (old.way.kind === "account" && session() === null) await logOut();
  }
}

/** Goes on with a sign-in at an auth service. The answer may leave out who the user is: that is known. */
async function renewAt(renewal: Renewal, name: string | null, since: Beginning): Promise<void> {
  const granted = await renewed(renewal);
  await take({ ...granted, name: granted.name ?? name }, since);
}

function in_(seconds: number): Date {
  return new Date(now().getTime() + seconds * 1000);
}

/** Sends a body, and answers what came. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const sent = body === undefined ? null : JSON.stringify(body);
  return ask(url, { method: "POST", headers: { ...type, ...headers }, body: sent });
}

/** Reads JSON. */
export async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const asked = Date.now();
  const answer = await fetch(url, { credentials: "same-origin", ...init }).catch(() => {
    throw Problem.unreachable(text.problems.theServer);
  });
  if (new URL(answer.url).origin === window.location.origin) learn(answer.headers.get("date"), asked, Date.now());
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw Problem.of(answer.status, body);
  return body;
}
