import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Form } from "react-aria-components";

import { api, data } from "../api/client";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { Exposed } from "./Exposed";
import { EACH, isSame, without, type Permissions } from "../permissions";
import { PermissionTicks } from "./PermissionTicks";

const words = text.access.publicSwitch;
/** What a bucket may give everybody: never `admin`. */
const OFFERED = EACH.filter((one) => one !== "admin");

interface Props {
  bucket: string;
  now: Permissions;
  onClose: () => void;
  onSaved: () => void;
}

/** Says what everybody may do in a bucket. Whoever opens more sees what becomes visible, and types the name. */
export function PublicSwitch({ bucket, now, onClose, onSaved }: Props) {
  const [wanted, setWanted] = useState(now);
  const [typed, setTyped] = useState("");
  const gains = without(wanted, now);
  const saving = useMutation({
    mutationFn: async () => {
      const body = { public_permissions: [...wanted] };
      return data(await api.PATCH("/v1/buckets/{bucket}", { params: { path: { bucket } }, body }));
    },
    onSuccess: onSaved,
  });
  const isConfirmed = gains.length === 0 || typed.trim() === bucket;
  return (
    <Dialog title={words.title(bucket)} onClose={onClose} isBusy={saving.isPending} size="middle">
      {saving.isError ? <Trouble error={saving.error} /> : null}
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (isConfirmed && !isSame(wanted, now)) saving.mutate();
        }}
      >
        <PermissionTicks
          label={text.everybody.public}
          offered={OFFERED}
          value={wanted}
          hint={wanted.length === 0 ? words.none : words.hint}
          onChange={setWanted}
        />
        {gains.length === 0 ? null : (
          <>
            <Exposed bucket={bucket} prefix="" permissions={gains} />
            <Field label={words.typeName(bucket)} value={typed} onChange={setTyped} />
          </>
        )}
        <div className="ends">
          <Button onPress={onClose} isDisabled={saving.isPending}>
            {text.cancel}
          </Button>
          <Button
            type="submit"
            look={gains.length === 0 ? "main" : "risky"}
            isPending={saving.isPending}
            isDisabled={!isConfirmed || isSame(wanted, now)}
          >
            {words.save}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
