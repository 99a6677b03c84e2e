import { learn } from "./session/clock";

/** An auth service whose tokens the server believes. */
export interface AuthService {
  /** Empty for the default one. */
  alias: string;
  issuer: string;
  display_name: string | null;
  /** The public client that signs users in by OpenID Connect. */
  client_id: string | null;
  /** Whom tokens are for, where the auth service asks. */
  audience: string | null;
  /** The page that leads back with a token. */
  sign_in_url: string | null;
}

/** What the server says of itself before anybody has signed in: `/console/config.json`. */
export interface Config {
  version: string;
  api: string;
  gateway: { endpoint: string; region: string } | null;
  issuers: AuthService[];
  /** The users of `sail-cargo dev`, whom everybody may sign in as. */
  demo: { project: string; users: string[]; password: string } | null;
}

let known: Config | null = null;

/** Reads it, once, before anything is shown. */
export async function readConfig(): Promise<void> {
  const asked = Date.now();
  const answer = await fetch("/console/config.json", { cache: "no-store" });
  learn(answer.headers.get("date"), asked, Date.now());
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  known = (await answer.json()) as Config;
}

/** The configuration; it was read before the first page is shown. */
export function config(): Config {
  if (known === null) throw new Error("the configuration is not read yet");
  return known;
}
