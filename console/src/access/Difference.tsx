import { moment } from "../files/format";
import { text } from "../text";
import { Name } from "../users/Name";
import type { GrantKey, State } from "./grant";
import { EACH, has } from "../permissions";
import { whereOf } from "./rows";
import { difference } from "./staged";

const words = text.access.reviewing;

/** A subject and a place. */
export function Whom({ of }: { of: Pick<GrantKey, "kind" | "subject" | "prefix" | "prefixKind"> }) {
  return (
    <>
      <b title={of.subject}>
        <Name of={of} />
      </b>
      {of.kind === "group" || of.kind === "token_group" ? <span className="soft"> {text.kinds[of.kind]}</span> : null}
      <span className="soft"> · </span>
      {of.prefix === "" ? whereOf(of) : <code>{of.prefix}</code>}
    </>
  );
}

/** What changes from one state of a grant to another: every permission, and what else. */
export function Difference({ before, after }: { before: State | null; after: State | null }) {
  const { what, gains, loses, isStartChanged, isEndChanged, isReasonChanged } = difference(before, after);
  const said = EACH.filter((one) => before?.permissions.includes(one) || after?.permissions.includes(one));
  return (
    <span className="difference">
      {said.map((one) => {
        if (has(gains, one)) return <ins key={one}>+{text.permissions[one]}</ins>;
        if (has(loses, one)) return <del key={one}>−{text.permissions[one]}</del>;
        return (
          <span className="soft" key={one}>
            {text.permissions[one]}
          </span>
        );
      })}
      {isStartChanged ? <span>{after?.start == null ? words.noStart : words.from(moment(new Date(after.start)))}</span> : null}
      {isEndChanged ? <span>{after?.end == null ? words.noEnd : words.until(moment(new Date(after.end)))}</span> : null}
      {isReasonChanged ? <span>{after?.reason == null ? words.noReason : words.reason(after.reason)}</span> : null}
      {what === "take" ? <span className="soft">{words.takeAway}</span> : null}
    </span>
  );
}

/** A state of a grant, in one line. */
export function StateLine({ state }: { state: State | null }) {
  if (state === null) return <span className="soft">{text.access.conflict.nothing}</span>;
  return (
    <span className="difference">
      {state.permissions.map((one) => (
        <span key={one}>{text.permissions[one]}</span>
      ))}
      {state.start === null ? null : <span className="soft">{words.from(moment(new Date(state.start)))}</span>}
      {state.end === null ? null : <span className="soft">{words.until(moment(new Date(state.end)))}</span>}
      {state.reason === null ? null : <span className="soft">{words.reason(state.reason)}</span>}
    </span>
  );
}
