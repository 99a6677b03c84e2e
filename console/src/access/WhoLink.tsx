import { Link } from "@tanstack/react-router";

import { Icon } from "./MatrixRow";
import { nameOf } from "./rows";
import { searchFor } from "./search";
import type { Subject } from "./sources";

/** A subject, with a link to what it may do everywhere. */
export function WhoLink({ kind, subject }: Subject) {
  const name = nameOf({ kind, subject });
  const search = searchFor({ kind, subject });
  return (
    <span className="name">
      <Icon kind={kind} />
      {search === null ? (
        name
      ) : (
        <Link to="/access" search={search}>
          {name}
        </Link>
      )}
    </span>
  );
}
