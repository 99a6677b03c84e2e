import { text } from "../text";
import { Button } from "./Button";

interface Props {
  isPending: boolean;
  /** Loads more; `null` while it is under way. */
  more: (() => void) | null;
}

/** Loads more by hand, below rows that are only some of what is loaded. */
export function LoadMore({ isPending, more }: Props) {
  return (
    <div className="tools">
      <Button size="small" isPending={isPending} onPress={() => more?.()}>
        {text.files.loadMore}
      </Button>
    </div>
  );
}
