/** A sentence of the server: what it has between backticks is a name. */
export function Sentence({ text }: { text: string }) {
  const parts = text.split("`");
  // A backtick without another is one of the text.
  if (parts.length % 2 === 0) return text;
  return parts.map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>));
}
