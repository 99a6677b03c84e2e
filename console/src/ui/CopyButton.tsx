import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { text } from "../text";
import { Button } from "./Button";

/** How long it says that it did, in milliseconds. */
const SAID = 2000;

/** Puts a text on the clipboard, where the browser lets it. */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = window.setTimeout(() => setCopied(null), SAID);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const isCopied = copied === value;
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(value);
  };
  // Without TLS there is no clipboard: the text is there to be selected.
  if (!window.isSecureContext) return null;
  return (
    <Button size="small" onPress={() => void copy()}>
      {isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
      <span aria-live="polite">{isCopied ? text.copied : (label ?? text.copy)}</span>
    </Button>
  );
}
