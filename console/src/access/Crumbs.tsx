import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { text } from "../text";

const words = text.access;

/** Where somebody is among the pages of access. */
export function Crumbs({ last, children }: { last: string; children?: ReactNode }) {
  return (
    <>
      <title>{text.titleOf(words.of(last))}</title>
      <nav aria-label={words.breadcrumbs}>
        <ol className="crumbs">
          <li>
            <Link to="/access" search={{}} activeOptions={{ exact: true, includeSearch: true }}>
              {words.title}
            </Link>
          </li>
          <li>
            <h1 aria-current="page">{last}</h1>
          </li>
          {children}
        </ol>
      </nav>
    </>
  );
}
