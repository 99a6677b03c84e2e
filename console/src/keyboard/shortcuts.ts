import { text } from "../text";
import type { Page } from "./pages";

/** Keys, and what they do. */
export interface Shortcut {
  keys: readonly string[];
  does: string;
}

export interface ShortcutGroup {
  title: string;
  shortcuts: readonly Shortcut[];
}

const words = text.keys;

const FILES: readonly Shortcut[] = [
  { keys: ["↑", "↓", "Home", "End"], does: words.rows },
  { keys: ["Enter"], does: words.open },
  { keys: ["Space"], does: words.select },
  { keys: ["Shift + ↑ ↓"], does: words.selectRange },
  { keys: ["Ctrl + A"], does: words.selectAll },
  { keys: ["Backspace"], does: words.up },
  { keys: ["Delete"], does: words.delete },
  { keys: ["u"], does: words.upload },
  { keys: ["/"], does: words.filter },
  { keys: ["Esc"], does: words.clear },
];
const TRY: readonly Shortcut[] = [
  { keys: ["Enter"], does: words.ask },
  { keys: ["↓"], does: words.suggest },
  { keys: ["←", "→"], does: words.forms },
];
const AUDIT: readonly Shortcut[] = [
  { keys: ["/"], does: words.filter },
  { keys: ["↑", "↓", "Home", "End"], does: words.rows },
  { keys: ["Enter"], does: words.details },
];

/** The shortcuts of a page, by its path, and those of all pages. */
export function shortcutsOf(path: string, pages: readonly Page[]): ShortcutGroup[] {
  const everywhere: Shortcut[] = [
    ...pages.map((page) => ({ keys: ["g", page.key], does: words.go(page.label) })),
    { keys: ["?"], does: words.help },
    { keys: ["Esc"], does: words.close },
  ];
  const here = path.startsWith("/b/") ? FILES : path === "/try" ? TRY : path === "/audit" ? AUDIT : [];
  const own = here.length === 0 ? [] : [{ title: words.here, shortcuts: here }];
  return [...own, { title: words.everywhere, shortcuts: everywhere }];
}
