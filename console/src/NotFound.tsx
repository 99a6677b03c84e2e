import { Link } from "@tanstack/react-router";

import { text } from "./text";
import { Empty } from "./ui/Empty";

/** The page for an address that is none. */
export function NotFound() {
  return (
    <main id="content">
      <title>{text.titleOf(text.notFound.title)}</title>
      <Empty title={text.notFound.title}>
        <p>{text.notFound.hint}</p>
        <Link to="/">{text.notFound.home}</Link>
      </Empty>
    </main>
  );
}
