import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { CheckboxButton, CheckboxField, CheckboxGroup, Form, Label } from "react-aria-components";

import { Problem } from "../api/problem";
import { EACH, listed, type Permission } from "../permissions";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { When } from "../ui/When";
import { nameAndIdOf } from "../users/names";
import { Effects } from "./Effects";
import { apply, changeFor, grantAt, grantsOf, hasEnded, isForLater, placesFor, type Gap } from "./grant";
import { placeOf } from "./place";

const words = text.grant;
const DAY = 24 * 3600_000;
const LASTS = { never: null, day: DAY, week: 7 * DAY, month: 30 * DAY, quarter: 90 * DAY } as const;
type Lasts = keyof typeof LASTS;

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
  const [lasts, setLasts] = useState<Lasts>("never");
  // The end is counted from when the dialog opened, so that what is tried is what is done.
  const [opened] = useState(() => new Date());
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const grants = useQuery({ queryKey: ["grants", bucket, user], queryFn: () => grantsOf(bucket, user), staleTime: 0 });
  const known = grants.data === undefined ? undefined : grantAt(grants.data, place);
  const length = LASTS[lasts];
  const ends = length === null ? null : new Date(opened.getTime() + length);
  const change = known === undefined ? null : changeFor({ user, place, permissions, ends, reason }, known, opened);
  // What is for later must not begin now, by a grant of something else.
  const begins = known != null && isForLater(known, opened) ? new Date(known.not_before ?? "") : null;
  const isReady = change !== null && permissions.length > 0 && begins === null;
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
                  {one}
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
          options={(Object.keys(LASTS) as Lasts[]).map((one) => ({ id: one, label: words.lasts[one] }))}
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
          {known == null || hasEnded(known, opened) || begins !== null ? null : <p>{words.replaces(listed(known.permissions))}</p>}
          {effect.isError ? <Trouble error={effect.error} onRetry={() => void effect.refetch()} /> : null}
          {effect.isFetching && effect.data == null ? <p className="soft">{words.trying}</p> : null}
          {effect.data == null ? null : <Effects effects={effect.data.effects ?? []} />}
          {ends === null || !isEffective ? null : (
            <p>
              {words.endsAt} <When at={ends} />
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
