import { text } from "../../text";
import { problem } from "./provider";

const words = text.issuers;

/** What a token endpoint gives (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3). */
export interface Tokens {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
}

/** The claims of a JWT, which are not verified here: the token came from its issuer over TLS, and the server verifies it. */
export function claimsOf(jwt: string): Record<string, unknown> | null {
  const [, payload, signature] = jwt.split(".");
  if (payload === undefined || signature === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Demands that tokens are an answer to the sign-in with this nonce (OpenID Connect Core 1.0 §3.1.3.7). */
export function demandAnswer(tokens: Tokens, asked: { issuer: string; client: string; nonce: string }): void {
  if (tokens.id_token === undefined) return;
  const claims = claimsOf(tokens.id_token);
  const audience = claims?.aud;
  const isForUs = Array.isArray(audience) ? audience.includes(asked.client) : audience === asked.client;
  if (claims?.iss !== asked.issuer || claims.nonce !== asked.nonce || !isForUs) throw problem(words.otherAnswer);
}

/**
 * The tokens that the server may take, the likeliest first. Some auth services give access tokens that only they can read,
 * and then it is the ID token that is for the server.
 */
export function bearers(tokens: Tokens, issuer: string): string[] {
  const isTheirs = claimsOf(tokens.access_token)?.iss === issuer;
  const id = tokens.id_token === undefined ? [] : [tokens.id_token];
  return isTheirs ? [tokens.access_token, ...id] : id.length === 0 ? [tokens.access_token] : id;
}

/** The name of the user, for people. */
export function nameIn(tokens: Tokens): string | null {
  const claims = claimsOf(tokens.id_token ?? tokens.access_token);
  const names = [claims?.name, claims?.preferred_username, claims?.email];
  return names.find((name): name is string => typeof name === "string" && name !== "") ?? null;
}
