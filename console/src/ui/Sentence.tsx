/** What a server says, as a sentence: with a capital letter and an end. What it has between backticks is a name. */
export function Sentence({ text }: { text: string }) {
  return <Phrase text={sentenceOf(text)} />;
}

/** A part of a sentence of the server: what it has between backticks is a name. */
export function Phrase({ text }: { text: string }) {
  const parts = text.split("`");
  // A backtick without another is one of the text.
  if (parts.length % 2 === 0) return text;
  return parts.map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>));
}

/** A text as a sentence. A word that is no plain one is a name, and stays as it is. */
export function sentenceOf(text: string): string {
  const plain = text.trim();
  const begun = /^[a-z]+(?=:?\s|[,;.!?’']|$)/.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain;
  return begun === "" || /[.!?:…][)”"'`]*$/.test(begun) ? begun : `${begun}.`;
}
