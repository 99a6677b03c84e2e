import { Link } from "@tanstack/react-router";

import { Name } from "../users/Name";
import type { Subject } from "../users/subjects";
import { Icon } from "./MatrixRow";
import { searchFor } from "./search";

/** A subject, with a link to what it may do everywhere. */
export function WhoLink({ kind, subject }: Subject) {
  const of = { kind, subject };
  const search = searchFor(of);
  return (
    <span className="name">
      <Icon of={of} />
      {search === null ? (
        <Name of={of} />
      ) : (
        <Link to="/access" search={search} title={subject}>
          <Name of={of} />
        </Link>
      )}
    </span>
  );
}
