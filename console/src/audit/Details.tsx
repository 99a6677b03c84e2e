import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { maySeeRights } from "../keyboard/pages";
import { useSession } from "../session/session";
import { text } from "../text";
import { actionOf } from "../try/operations";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { Sentence } from "../ui/Sentence";
import { When } from "../ui/When";
import { Actor } from "../users/Actor";
import { userIn, usernameOf, withUsernames } from "../users/names";
import { isOfObject, type AuditEvent } from "./events";
import type { Search } from "./filters";
import type { Place } from "./WhoCould";

const words = text.audit;

interface Props {
  event: AuditEvent;
  onClose: () => void;
  onFilter: (search: Search) => void;
  onWhoCould: (place: Place) => void;
}

/** Everything that is on record of an event, and where it leads. */
export function Details({ event, onClose, onFilter, onWhoCould }: Props) {
  const session = useSession();
  const mayAsk = session !== null && maySeeRights(session);
  const at = new Date(event.at);
  const { bucket } = event;
  const ofObject = isOfObject(event);
  const rows: [label: string, value: ReactNode][] = [
    [words.time, <When key="at" at={at} isExact />],
    [words.outcome, words.outcomes[event.outcome]],
    [words.reason, event.reason === "ok" ? null : event.reason],
    [words.sentence, event.detail === "" ? null : <Sentence text={event.detail} />],
    [words.actor, <Who key="actor" actor={event.actor} />],
    [words.viaKey, event.via_key],
    [words.action, event.action],
    [words.bucket, bucket],
    [ofObject ? words.keyOf : words.subject, ofObject || event.key == null ? event.key : withUsernames(event.key)],
    [words.revision, event.revision],
    [words.count, event.count],
    [words.first, event.first_at == null ? null : <When key="first" at={new Date(event.first_at)} isExact />],
    [words.address, event.address],
    [words.agent, event.agent],
    [words.request, event.request_id],
    [words.callerRequest, event.caller_request_id],
    [words.id, event.id],
  ];
  return (
    <Dialog title={event.action} onClose={onClose} extra={<CopyButton value={JSON.stringify(event, null, 2)} label={words.copyJson} />}>
      <dl className="facts">
        {rows
          .filter(([, value]) => value != null && value !== "")
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <div className="tools">
        <Button size="small" onPress={() => onFilter({ actor: event.actor })}>
          {words.onlyActor}
        </Button>
        {bucket == null ? null : (
          <Button size="small" onPress={() => onFilter({ bucket })}>
            {words.onlyBucket}
          </Button>
        )}
        <Button size="small" onPress={() => onFilter({ request: event.request_id })}>
          {words.onlyRequest}
        </Button>
        {bucket == null || !mayAsk ? null : (
          <Button size="small" onPress={() => onWhoCould({ bucket, key: ofObject ? (event.key ?? "") : "", at })}>
            {words.whoCouldThen}
          </Button>
        )}
        {mayAsk ? <Why event={event} /> : null}
      </div>
      <div className="ends">
        <Button onPress={onClose}>{text.close}</Button>
      </div>
    </Dialog>
  );
}

/** Who asked; of an account, the id beside the username. */
function Who({ actor }: { actor: string }) {
  const isNamed = usernameOf(userIn(actor) ?? "") !== null;
  return (
    <>
      <Actor actor={actor} /> {isNamed ? <span className="soft">{actor}</span> : null}
    </>
  );
}

/** Leads to the question of the event, as it is decided now. */
function Why({ event }: { event: AuditEvent }) {
  const action = actionOf(event.action);
  const user = userIn(event.actor);
  if (action === null || user === null || event.bucket == null) return null;
  const key = event.key == null ? {} : { key: event.key };
  return (
    <Link className="button small" to="/try" search={{ user, action: event.action, bucket: event.bucket, ...key }}>
      {words.why}
    </Link>
  );
}
