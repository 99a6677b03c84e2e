/** Decodes the encoded words of a header's value (RFC 2047), in which S3 keeps metadata that is not ASCII. */
export function decodeWords(value: string): string {
  // Blanks between two encoded words belong to neither.
  const joined = value.replace(/(\?=)\s+(=\?)/g, "$1$2");
  return joined.replace(/=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi, (whole, charset: string, how: string, text: string) => {
    try {
      return new TextDecoder(charset).decode(how.toLowerCase() === "b" ? fromBase64(text) : fromQuoted(text));
    } catch {
      return whole;
    }
  });
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

function fromQuoted(text: string): Uint8Array {
  const plain = text.replaceAll("_", " ");
  const bytes = plain.replace(/=([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  return Uint8Array.from(bytes, (one) => one.charCodeAt(0));
}
