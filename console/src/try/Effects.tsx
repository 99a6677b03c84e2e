import type { components } from "../api/schema";
import { listed } from "../permissions";
import { text } from "../text";
import { kindAndName } from "../users/subjects";
import { placeOf } from "./place";

type Effect = components["schemas"]["Effect"];

const words = text.grant;

/** Who gains and who loses what by a change. */
export function Effects({ effects }: { effects: readonly Effect[] }) {
  if (effects.length === 0) return <p className="soft">{words.none}</p>;
  return (
    <ul className="effects">
      {effects.map((one, at) => (
        <li key={at}>
          <span title={one.subject}>{kindAndName(one)}</span>{" "}
          {[
            one.gains.length === 0 ? "" : words.gains(listed(one.gains)),
            one.loses.length === 0 ? "" : words.loses(listed(one.loses)),
          ]
            .filter(Boolean)
            .join(", ")}{" "}
          {words.on} <span className="soft">{placeOf(one.bucket, one.prefix)}</span>
        </li>
      ))}
    </ul>
  );
}
