import { Link } from "@tanstack/react-router";

import { nameOf, type Subject } from "../users/subjects";
import { Icon } from "./MatrixRow";
import { searchFor } from "./search";

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
        <Link to="/access" search={search} title={subject}>
          {name}
        </Link>
      )}
    </span>
  );
}
