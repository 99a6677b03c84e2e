import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { isTyping, read } from "./chord";
import { Help } from "./Help";
import type { Page } from "./pages";

/** The shortcuts of all pages: `g` and a letter go to a page, `?` says what there is. */
export function Keyboard({ path, pages }: { path: string; pages: readonly Page[] }) {
  const navigate = useNavigate();
  const [isHelping, setHelping] = useState(false);
  const begun = useRef<number | null>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // A dialog has the keyboard to itself.
      if (isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      const meant = read(event, begun.current, event.timeStamp);
      begun.current = meant.kind === "begun" ? event.timeStamp : null;
      if (meant.kind === "help") setHelping(true);
      const page = meant.kind === "go" ? pages.find((one) => one.key === meant.key) : undefined;
      if (page !== undefined) void navigate({ to: page.to });
      // A letter behind `g` is nothing else: what a page does with that letter looks whether it is taken.
      if (meant.kind === "help" || meant.kind === "go") event.preventDefault();
    };
    window.addEventListener("keydown", press, true);
    return () => window.removeEventListener("keydown", press, true);
  }, [pages, navigate]);
  return isHelping ? <Help path={path} pages={pages} onClose={() => setHelping(false)} /> : null;
}
