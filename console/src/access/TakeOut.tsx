import { useMutation, useQueryClient } from "@tanstack/react-query";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";
import { nameAndIdOf } from "../users/names";
import { removeMember } from "./read";

const words = text.access.group;

interface Props {
  group: string;
  user: string;
  onClose: () => void;
}

/** Asks whether a member shall be taken out of a group, and takes them out. */
export function TakeOut({ group, user, onClose }: Props) {
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: () => removeMember(group, user),
    onSuccess: onClose,
    // What somebody may do has changed with the groups that they are in.
    onSettled: () => void queries.invalidateQueries(),
  });
  return (
    <Dialog title={words.removeTitle(group)} onClose={onClose} isBusy={removing.isPending}>
      {removing.isError ? <Trouble error={removing.error} /> : null}
      <p>{words.removeHint(nameAndIdOf(user))}</p>
      <div className="ends">
        <Button onPress={onClose} isDisabled={removing.isPending}>
          {text.cancel}
        </Button>
        <Button look="risky" isPending={removing.isPending} onPress={() => removing.mutate()}>
          {words.sure}
        </Button>
      </div>
    </Dialog>
  );
}
