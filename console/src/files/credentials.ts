import { api, data } from "../api/client";
import { session } from "../session/session";
import type { Credentials } from "./signing";

/** A session of the gateway. */
export interface Opened {
  credentials: Credentials;
  /** When it ends, by this machine's clock, in milliseconds. */
  ends: number;
}

/** How long a session is that signs uploads and downloads, in seconds. */
const LASTS = 3600;
/** What must be left of a session that is used, in milliseconds: a request may wait in the browser for its turn. */
const LEFT = 10 * 60_000;

let held: { bearer: string; opened: Promise<Opened> } | null = null;

/** Opens a session of the gateway that lasts some seconds, or less where the project says so. */
export async function openSession(seconds: number): Promise<Opened> {
  const opened = data(await api.POST("/v1/sessions", { body: { expires_in: seconds } }));
  return {
    credentials: {
      accessKeyId: opened.access_key_id,
      secretAccessKey: opened.secret_access_key,
      sessionToken: opened.session_token,
    },
    ends: Date.now() + opened.expires_in * 1000,
  };
}

/** The session that signs what is sent now: another one once its sign-in was renewed, or its end is near. */
export async function gatewaySession(): Promise<Opened> {
  const bearer = session()?.bearer ?? "";
  if (held?.bearer === bearer) {
    const opened = await held.opened.catch(() => null);
    if (opened !== null && opened.ends - Date.now() > LEFT) return opened;
  }
  const opened = openSession(LASTS);
  held = { bearer, opened };
  return opened;
}

/** Forgets the session: the gateway does not take it any more. */
export function dropSession(): void {
  held = null;
}
