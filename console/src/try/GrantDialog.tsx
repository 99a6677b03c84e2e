import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useState } from "react";
import { CheckboxButton, CheckboxField, CheckboxGroup, Form, Label } from "react-aria-components";

import { Problem } from "../api/problem";
import { moment } from "../files/format";
import { EACH, listed, type Permission } from "../permissions";
import { now } from "../session/clock";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { When } from "../ui/When";
import { nameAndIdOf } from "../users/names";
import { Effects } from "./Effects";
import { apply, changeFor, endDiffers, grantAt, grantsOf, hasEnded, isForLater, placesFor, type Gap, type Grant } from "./grant";
import { placeOf } from "./place";

const words = text.grant;
const DAY = 24 * 3600_000;
const LASTS = { never: null, day: DAY, week: 7 * DAY, month: 30 * DAY, quarter: 90 * DAY } as const;
/** How long a grant lasts: `kept` for as long as the one that there is. */
type Lasts = keyof typeof LASTS | "kept";

interface Props {
  gap: Gap;
  user: string;
  onClose: (isGranted: boolean) => void;
}

/** Grants what is missing. What it would do is asked first, and nothing is changed if the grant is another by then. */
export function GrantDialog({ gap, user, onClose }: Props) {
  const { bucket } = gap;
  const places = placesFor(gap.scope);
  const [place, setPlace] = useState(places[0] ?? "");
  const [permissions, setPermissions] = useState<readonly Permission[]>(gap.permissions);
  const [chosen, setLasts] = useState<Lasts | null>(null);
  // The end is counted from when the dialog opened, so that what is tried is what is done.
  const [opened] = useState(now);
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // What an earlier dialog knew is not what there is.
  const grants = useQuery({ queryKey: ["grants", bucket, user], queryFn: () => grantsOf(bucket, user), staleTime: 0, gcTime: 0 });
  const known = grants.data === undefined ? undefined : grantAt(grants.data, place);
  const there = known == null || hasEnded(known, opened) ? null : known;
  // One grant has one end. That of the grant that is there stays, unless somebody wants another.
  const kept = there?.expires_at ?? null;
  const lasts = chosen === null || (chosen === "kept" && kept === null) ? (kept === null ? "never" : "kept") : chosen;
  const ends = lasts === "kept" ? kept : endOf(lasts, opened);
  const differs = endDiffers(ends, there, opened);
  const change = known === undefined ? null : changeFor({ user, place, permissions, ends, reason }, known, opened);
  // What is for later must not begin now, by a grant of something else.
  const begins = known != null && isForLater(known, opened) ? new Date(known.not_before ?? "") : null;
  const isReady = change !== null && permissions.length > 0 && begins === null && differs === null;
  // The reason has no effect on anybody.
  const tried = { ...change, put: { ...change?.put, reason: null } };
  const effect = useQuery({
    queryKey: ["dry run", bucket, tried],
    queryFn: () => (change === null ? null : apply(bucket, change, true)),
    enabled: isReady && grants.isSuccess && !isBusy,
    staleTime: 0,
    retry: false,
  });
  const grant = async () => {
    if (change === null) return;
    setBusy(true);
    setError(null);
    try {
      await apply(bucket, change, false);
      onClose(true);
    } catch (problem) {
      setError(problem);
      setBusy(false);
      if (problem instanceof Problem && problem.status === 412) void grants.refetch();
    }
  };
  const isChanged = error instanceof Problem && error.status === 412;
  const isEffective = (effect.data?.effects ?? []).length > 0;
  return (
    <Dialog title={words.title(nameAndIdOf(user))} onClose={() => onClose(false)} isBusy={isBusy}>
      {grants.isError ? <Trouble error={grants.error} onRetry={() => void grants.refetch()} /> : null}
      {error === null ? null : isChanged ? <p role="alert">{words.changed}</p> : <Trouble error={error} />}
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && effect.isSuccess && !isBusy) void grant();
        }}
      >
        <CheckboxGroup
          className="field"
          value={[...permissions]}
          onChange={(chosen) => setPermissions(EACH.filter((one) => chosen.includes(one)))}
        >
          <Label className="label">{words.permissions}</Label>
          <div className="checks">
            {EACH.map((one) => (
              <CheckboxField key={one} value={one}>
                <CheckboxButton className="check">
                  <span className="box" aria-hidden>
                    <Check />
                  </span>
                  {text.permissions[one]}
                </CheckboxButton>
              </CheckboxField>
            ))}
          </div>
        </CheckboxGroup>
        <Choice
          label={words.place}
          value={place}
          options={places.map((one) => ({ id: one, label: one === "" ? words.whole(bucket) : placeOf(bucket, one) }))}
          onChange={setPlace}
        />
        <Choice
          label={words.ends}
          value={lasts}
          options={optionsOf(kept)}
          onChange={setLasts}
        />
        <Field label={words.reason} hint={words.reasonHint} value={reason} onChange={setReason} />
        <div className="effect" aria-live="polite">
          <h3>{words.effect}</h3>
          {begins === null ? null : (
            <p role="alert">
              {words.later} <When at={begins} />
            </p>
          )}
          {there === null || begins !== null ? null : differs === null ? (
            <p>{words.replaces(listed(there.permissions))}</p>
          ) : (
            <OtherEnd bucket={bucket} grant={there} ends={ends} differs={differs} />
          )}
          {effect.isError ? <Trouble error={effect.error} onRetry={() => void effect.refetch()} /> : null}
          {effect.isFetching && effect.data == null ? <p className="soft">{words.trying}</p> : null}
          {effect.data == null || !isReady ? null : <Effects effects={effect.data.effects ?? []} />}
          {ends === null || !isEffective || !isReady ? null : (
            <p>
              {words.endsAt} <When at={new Date(ends)} />
            </p>
          )}
        </div>
        <div className="ends">
          <Button onPress={() => onClose(false)} isDisabled={isBusy}>
            {text.cancel}
          </Button>
          <Button type="submit" look="main" isPending={isBusy} isDisabled={!isReady || !effect.isSuccess}>
            {words.submit}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** What would become longer or shorter by another end. That is not done by the way. */
function OtherEnd({ bucket, grant, ends, differs }: { bucket: string; grant: Grant; ends: string | null; differs: "longer" | "shorter" }) {
  const what = listed(grant.permissions);
  return (
    <div role="alert">
      <p>{words[differs](what, ends === null ? null : moment(new Date(ends)))}</p>
      <p>
        <Link to="/access" search={{ bucket }}>
          {words.toAccess}
        </Link>
      </p>
    </div>
  );
}

function endOf(lasts: keyof typeof LASTS, from: Date): string | null {
  const length = LASTS[lasts];
  return length === null ? null : new Date(from.getTime() + length).toISOString();
}

function optionsOf(kept: string | null): { id: Lasts; label: string }[] {
  const all = (Object.keys(LASTS) as (keyof typeof LASTS)[]).map((one) => ({ id: one, label: words.lasts[one] }));
  return kept === null ? all : [{ id: "kept", label: words.kept(moment(new Date(kept))) }, ...all];
}
