import { exact, moment, utc } from "../files/format";

/** A moment in the reader's zone; in UTC for who points at it. */
export function When({ at, isExact }: { at: Date; isExact?: boolean }) {
  return (
    <time dateTime={at.toISOString()} title={utc(at)}>
      {isExact ? exact(at) : moment(at)}
    </time>
  );
}
