// What must not stand in an address or in a copied text.

/** Headers whose value is a secret, or lets somebody act for another. */
const NAMES =
  /^(authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-amz-security-token|x-amz-mfa|.*-customer-key)$/i;

/** What keys, tokens and signatures look like. */
const VALUES = /\b(cg[a-z]{2}_|eyJ[A-Za-z0-9_-]{8,}\.)|x-amz-(signature|credential|security-token)=/i;

/** Whether a text holds a key, a token or a signature. */
export function isSecret(text: string): boolean {
  return VALUES.test(text);
}

/** Whether a header carries a secret. */
export function secretIn(name: string, value: string): boolean {
  return NAMES.test(name) || isSecret(value);
}
