import { EACH, type Permission } from "../permissions";

/** How the request of an S3 operation looks. */
export interface Operation {
  name: string;
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  on: "account" | "bucket" | "object";
  /** The query that selects it, as it stands in an URL. */
  query: string;
  body: "none" | "stream" | "document";
  /** The header that names another object which is read, too. */
  source: "x-amz-copy-source" | "x-amz-rename-source" | null;
}

type Row = [name: string, method: Operation["method"], on: Operation["on"], query: string, body?: Operation["body"]];

/** What people ask about, what files come first to mind of first. */
const ROWS: readonly Row[] = [
  ["GetObject", "GET", "object", ""],
  ["PutObject", "PUT", "object", "", "stream"],
  ["DeleteObject", "DELETE", "object", ""],
  ["HeadObject", "HEAD", "object", ""],
  ["CopyObject", "PUT", "object", ""],
  ["RenameObject", "PUT", "object", "renameObject"],
  ["ListObjectsV2", "GET", "bucket", "list-type=2"],
  ["ListObjectVersions", "GET", "bucket", "versions"],
  ["ListMultipartUploads", "GET", "bucket", "uploads"],
  ["CreateMultipartUpload", "POST", "object", "uploads"],
  ["UploadPart", "PUT", "object", "partNumber=1&uploadId=1", "stream"],
  ["CompleteMultipartUpload", "POST", "object", "uploadId=1", "document"],
  ["AbortMultipartUpload", "DELETE", "object", "uploadId=1"],
  ["ListParts", "GET", "object", "uploadId=1"],
  ["GetObjectAttributes", "GET", "object", "attributes"],
  ["GetObjectTagging", "GET", "object", "tagging"],
  ["PutObjectTagging", "PUT", "object", "tagging", "document"],
  ["DeleteObjectTagging", "DELETE", "object", "tagging"],
  ["GetObjectRetention", "GET", "object", "retention"],
  ["GetObjectAcl", "GET", "object", "acl"],
  ["HeadBucket", "HEAD", "bucket", ""],
  ["GetBucketLocation", "GET", "bucket", "location"],
  ["GetBucketVersioning", "GET", "bucket", "versioning"],
  ["PutBucketVersioning", "PUT", "bucket", "versioning", "document"],
  ["GetBucketPolicy", "GET", "bucket", "policy"],
  ["PutBucketPolicy", "PUT", "bucket", "policy", "document"],
  ["GetBucketCors", "GET", "bucket", "cors"],
  ["PutBucketCors", "PUT", "bucket", "cors", "document"],
  ["GetBucketLifecycleConfiguration", "GET", "bucket", "lifecycle"],
  ["PutBucketLifecycleConfiguration", "PUT", "bucket", "lifecycle", "document"],
  ["CreateBucket", "PUT", "bucket", "", "document"],
  ["DeleteBucket", "DELETE", "bucket", ""],
  ["ListBuckets", "GET", "account", ""],
];

const SOURCES: Readonly<Record<string, Operation["source"]>> = {
  CopyObject: "x-amz-copy-source",
  RenameObject: "x-amz-rename-source",
};

/** The operations that can be asked about. */
export const OPERATIONS: readonly Operation[] = ROWS.map(([name, method, on, query, body]) => {
  return { name, method, on, query, body: body ?? "none", source: SOURCES[name] ?? null };
});

/** The operation that takes one permission and nothing else: what shows how it is come by. `admin` has none. */
const TAKES: Readonly<Record<Permission, string | null>> = {
  list: "ListObjectsV2",
  read: "GetObject",
  write: "PutObject",
  delete: "DeleteObject",
  admin: null,
};

/** What a question is about. */
export type Action =
  | { kind: "permission"; permission: Permission; operation: Operation | null }
  | { kind: "operation"; operation: Operation };

/** Reads an action: `read`, `s3:GetObject`; `null` if it is none. */
export function actionOf(text: string): Action | null {
  const permission = EACH.find((one) => one === text);
  if (permission !== undefined) return { kind: "permission", permission, operation: named(TAKES[permission]) };
  const operation = text.startsWith("s3:") ? named(text.slice(3)) : null;
  return operation === null ? null : { kind: "operation", operation };
}

function named(name: string | null): Operation | null {
  return OPERATIONS.find((one) => one.name === name) ?? null;
}
