import { Globe, Lock } from "lucide-react";

import { text } from "../text";
import { Button } from "../ui/Button";
import { EACH, has, listed, setOf, type Permission } from "../permissions";
import type { Sources } from "./sources";

const words = text.access;

interface Props {
  sources: Sources | null;
  /** What the bucket gives everybody; `null` where it is not known. */
  open: readonly Permission[] | null;
  /** Why the reader cannot change what everybody may. */
  missing: string | null;
  onChange: () => void;
}

/** What holds for the whole bucket beside its grants: its ceiling, what it gives everybody, what the project gives. */
export function Rules({ sources, open, missing, onChange }: Props) {
  if (sources === null || open === null) return <div className="rules" />;
  const given = setOf(open);
  const { ceiling, byProject } = sources;
  const isCapped = EACH.some((one) => !has(ceiling, one));
  return (
    <div className="rules">
      <span>
        {given.length === 0 ? <Lock aria-hidden /> : <Globe aria-hidden />}
        {given.length === 0 ? words.bucketGivesNothing : words.bucketGives(listed(given))}
      </span>
      <Button size="small" missing={missing} onPress={onChange}>
        {words.public}
      </Button>
      {isCapped ? <span>{ceiling.length === 0 ? words.ceilingNothing : words.ceiling(listed(ceiling))}</span> : null}
      {byProject === null || byProject.length === 0 ? null : <span>{words.projectGives(listed(byProject))}</span>}
    </div>
  );
}
