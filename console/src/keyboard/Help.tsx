import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import type { Page } from "./pages";
import { shortcutsOf } from "./shortcuts";

/** All shortcuts of a page. */
export function Help({ path, pages, onClose }: { path: string; pages: readonly Page[]; onClose: () => void }) {
  return (
    <Dialog title={text.keys.title} onClose={onClose}>
      {shortcutsOf(path, pages).map((group) => (
        <section key={group.title} className="keys">
          <h3>{group.title}</h3>
          <dl>
            {group.shortcuts.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <div className="ends">
        <Button onPress={onClose}>{text.close}</Button>
      </div>
    </Dialog>
  );
}
