/** Bytes in base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** A text that nobody guesses: 256 random bits. It is a code verifier, too (RFC 7636 §4.1). */
export function unguessable(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The code challenge of a verifier by the method S256 (RFC 7636 §4.2). */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}
