import { useEffect } from "react";

import type { Dropped } from "./dropped";
import { isCovered, isWriting } from "./useKeys";

/** Calls `take` with the files that are pasted, unless they are pasted into something that is being written. */
export function usePasted(take: (files: Dropped[]) => void): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || isWriting(event.target) || isCovered()) return;
      event.preventDefault();
      take(files.map((file) => ({ name: file.name, file })));
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [take]);
}
