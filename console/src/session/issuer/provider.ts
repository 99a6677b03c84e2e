import { Problem } from "../../api/problem";
import { text } from "../../text";

const words = text.issuers;

/** What is used of an auth service's metadata (OpenID Connect Discovery 1.0 §3). */
export interface Provider {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  revocation_endpoint?: string;
  scopes_supported?: string[];
  /** Whether it names itself where it leads back (RFC 9207). */
  authorization_response_iss_parameter_supported?: boolean;
}

/** Where the metadata of an issuer is (OpenID Connect Discovery 1.0 §4.1). */
export function metadataOf(issuer: string): string {
  return `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
}

/** Reads the metadata of an issuer. */
export async function discover(issuer: string): Promise<Provider> {
  return demandProvider(issuer, await ask(issuer, metadataOf(issuer)));
}

/** Metadata that is the issuer's own, and names addresses that users and codes may be sent to. */
export function demandProvider(issuer: string, found: unknown): Provider {
  const provider = found as Partial<Provider> | null;
  if (provider?.issuer !== issuer) throw problem(words.otherIssuer(issuer));
  const { authorization_endpoint: authorization, token_endpoint: token } = provider;
  if (!isSafe(authorization) || !isSafe(token)) throw problem(words.noSignIn(issuer));
  // The page is let to this origin only.
  if (new URL(token ?? "").origin !== new URL(issuer).origin) throw problem(words.tokensElsewhere(issuer));
  return provider as Provider;
}

/** Sends a form, and answers what came. */
export async function postForm(issuer: string, url: string, form: Record<string, string>): Promise<unknown> {
  return ask(issuer, url, { method: "POST", body: new URLSearchParams(form) });
}

/** What went wrong at an auth service, in words. */
export function problem(detail: string, code = "issuer"): Problem {
  return new Problem(0, code, words.failed, detail, null);
}

/** An error of OAuth 2.0 in words: known ones in ours, with what the auth service says itself (RFC 6749 §4.1.2.1, §5.2). */
export function refusal(error: string, description: string | null): Problem {
  const known = (words.errors as Partial<Record<string, string>>)[error];
  const said = description === null || description === "" ? "" : ` ${words.says(description)}`;
  return problem(`${known ?? words.refused(error)}${said}`, error);
}

async function ask(issuer: string, url: string, init: RequestInit = {}): Promise<unknown> {
  const headers = { accept: "application/json" };
  const answer = await fetch(url, { headers, credentials: "omit", redirect: "error", ...init }).catch(() => {
    throw problem(words.unreachable(issuer));
  });
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body;
  const { error, error_description } = (body ?? {}) as { error?: string; error_description?: string };
  if (typeof error !== "string") throw problem(words.unreadable(issuer, answer.status));
  throw refusal(error, error_description ?? null);
}

/** Whether nobody on the way reads what is sent there. */
function isSafe(text: string | undefined): boolean {
  if (text === undefined || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isHere);
}
