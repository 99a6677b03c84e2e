import "./access.css";

import { useSearch } from "@tanstack/react-router";

import { BucketAccess } from "./BucketAccess";
import { GroupAccess } from "./GroupAccess";
import { readAccessSearch } from "./search";
import { Start } from "./Start";
import { UserAccess } from "./UserAccess";

/** Who may do what: in a bucket, of a user, of a group; without any of them, where to ask. */
export function Access() {
  const { bucket, user, group, at } = useSearch({ from: "/inside/access", select: readAccessSearch, structuralSharing: true });
  if (bucket !== undefined) return <BucketAccess key={bucket} bucket={bucket} at={at ?? null} />;
  if (user !== undefined) return <UserAccess key={user} user={user} />;
  if (group !== undefined) return <GroupAccess key={group} group={group} />;
  return <Start />;
}
