import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Archive } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";

import { useSession } from "../session/session";
import { isRoot } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Suggest } from "../ui/Suggest";
import { Trouble } from "../ui/Trouble";
import { useFlawOfUser } from "../users/flaw";
import { useGroups } from "../users/read";
import { UserField } from "../users/UserField";
import { OwnRights } from "./OwnRights";
import { listed, setOf } from "../permissions";
import { readBuckets } from "./read";
import { Rights } from "./Rights";
import { BucketLink } from "./userRows";

const words = text.access;

/** Where one asks: by bucket, by user, by group. What the reader may do stands below. */
export function Start() {
  const session = useSession();
  const root = session !== null && isRoot(session);
  return (
    <>
      <title>{text.titleOf(words.title)}</title>
      <div className="tools">
        <h1>{words.title}</h1>
        <span className="grow" />
        <LookUp what="user" label={words.lookUpUser} />
        <LookUp what="group" label={words.lookUpGroup} />
      </div>
      <h2>{root ? words.yourBuckets : words.yourRights}</h2>
      {root ? <Buckets /> : <OwnRights />}
    </>
  );
}

function LookUp({ what, label }: { what: "user" | "group"; label: string }) {
  const navigate = useNavigate();
  const groups = useGroups();
  const [name, setName] = useState("");
  const [isTried, setTried] = useState(false);
  const whom = name.trim();
  const flawOfUser = useFlawOfUser(whom);
  const flaw = what === "user" ? flawOfUser : null;
  const look = () => {
    setTried(true);
    if (whom !== "" && flaw === null) void navigate({ to: "/access", search: { [what]: whom } });
  };
  const error = isTried && whom !== "" ? flaw : null;
  const field = { label, placeholder: label, hideLabel: true, value: name, onChange: setName, error };
  return (
    <Form
      className="look-up"
      onSubmit={(event) => {
        event.preventDefault();
        look();
      }}
    >
      {what === "user" ? <UserField {...field} /> : <Suggest {...field} options={groups} />}
      <Button type="submit" isDisabled={whom === ""} label={`${words.lookUp}: ${label}`}>
        {words.lookUp}
      </Button>
    </Form>
  );
}

/** The buckets of the project, for an application key: it may do everything in them, under their ceilings. */
function Buckets() {
  const buckets = useQuery({ queryKey: ["rules"], queryFn: readBuckets });
  if (buckets.isError) return <Trouble error={buckets.error} onRetry={() => void buckets.refetch()} />;
  if (buckets.isSuccess && buckets.data.length === 0) {
    return (
      <Empty title={words.noBuckets} icon={<Archive aria-hidden />}>
        <p>{words.noBucketsHint}</p>
      </Empty>
    );
  }
  const rows = (buckets.data ?? []).map((one) => {
    const open = setOf(one.public_permissions);
    return {
      id: one.name,
      first: <BucketLink bucket={one.name} />,
      place: words.whole,
      permissions: setOf(["read", "write", "delete", "admin"]),
      ceiling: setOf(one.ceiling),
      why: [words.why.application, ...(open.length === 0 ? [] : [words.bucketGives(listed(open))])],
    };
  });
  return <Rights label={words.yourBuckets} heads={[words.columns.bucket, words.columns.place]} rows={rows} isPending={buckets.isPending} />;
}
