import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { default as AwsS3 } from "@uppy/aws-s3";
import { Uppy } from "@uppy/core";

import { Problem } from "../../api/problem";
import { text } from "../../text";
import { dropSession } from "../credentials";
import { objectUrl, send, signedRequest } from "../gateway";
import { escape, nameOf } from "../names";
import { partSize } from "../parts";
import { pathOf } from "../path";
import type { Upload } from "../upload";
import { findParts } from "./found";
import { claim, drop, keep, type Kept } from "./kept";
import type { Listener, Way } from "./way";

type Request = Parameters<Extract<ConstructorParameters<typeof AwsS3>[1], { signRequest: unknown }>["signRequest"]>[0];

interface Meta {
  [name: string]: unknown;
  path: string;
}

/** An upload of this page, and what S3 knows of it. */
interface Job {
  upload: Upload;
  /** Its file's id in Uppy. */
  file: string;
  uploadId: string | null;
  /** When it was begun, in milliseconds. */
  began: number;
  /** Whether the storage was asked to put its parts together. */
  isCompleted: boolean;
  /** Tells other tabs that it is over. */
  release: (() => void) | null;
}

/** Its words are for developers of Uppy. */
const SILENT = { debug: () => undefined, warn: () => undefined, error: () => undefined };
/** What the gateway answers to a session that it does not take any more. */
const ENDED = ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken"];

/**
 * Sends files in parts, with Uppy. Each request is signed in its headers by a session of the gateway: no URL proves
 * anything, and once a sign-in is renewed, the next part goes with the next session. What is begun is kept for `owner`.
 */
export function byParts(owner: string, tell: Listener): Way & { adopt: (upload: Upload, kept: Kept) => void } {
  const jobs = new Map<number, Job>();
  const known = new Map<number, Kept>();
  const uppy = new Uppy<Meta, Record<string, never>>({ logger: SILENT });
  const jobOf = (file: string | undefined) => [...jobs.values()].find((job) => job.file === file);

  const begun = (job: Job, uploadId: string) => {
    if (job.uploadId === uploadId) return;
    job.uploadId = uploadId;
    claim(uploadId, new Promise((tell) => { job.release = tell; }));
    keep(owner, keptOf(job, uploadId, 0));
  };
  const sign = async (request: Request) => {
    const of = "uploadId" in request ? request.uploadId : null;
    const here = [...jobs.values()].filter(({ upload }) => placeOf(upload) === request.key);
    // That it is this job's is learned from the first request that has the id of an upload.
    const job = here.find(({ uploadId }) => uploadId === of) ?? here.find(({ uploadId }) => uploadId === null);
    const query: Record<string, string> = {};
    if ("uploadId" in request) query.uploadId = request.uploadId;
    else query.uploads = "";
    if ("partNumber" in request) {
      query.partNumber = String(request.partNumber);
      if (job !== undefined) begun(job, request.uploadId);
    }
    const isLast = request.method === "POST" && "uploadId" in request;
    if (isLast && job !== undefined) job.isCompleted = true;
    const { url, headers } = await signedRequest(request.method, pathOf(request.key), query);
    return { url, headers: isLast && job?.upload.overwrites === false ? { ...headers, "if-none-match": "*" } : headers };
  };
  uppy.use(AwsS3, {
    shouldUseMultipart: true,
    // The queue says how many files are sent at a time.
    limit: 100,
    getChunkSize: ({ size }) => partSize(size),
    generateObjectKey: ({ meta }) => meta.path as string,
    signRequest: sign,
  });

  const over = (job: Job) => {
    jobs.delete(job.upload.id);
    known.delete(job.upload.id);
    job.release?.();
    if (job.uploadId !== null) drop(owner, job.uploadId);
  };
  uppy.on("upload-progress", (file, { bytesUploaded }) => {
    const job = jobOf(file?.id);
    if (job !== undefined) tell.sent(job.upload.id, bytesUploaded || 0);
  });
  uppy.on("s3-multipart:part-uploaded", (file, { PartNumber }) => {
    const job = jobOf(file.id);
    if (job?.uploadId == null) return;
    const sent = Math.min(job.upload.size, PartNumber * partSize(job.upload.size));
    keep(owner, keptOf(job, job.uploadId, sent));
  });
  const done = (job: Job) => {
    over(job);
    uppy.removeFile(job.file);
    tell.done(job.upload.id);
  };
  uppy.on("upload-success", (file) => {
    const job = jobOf(file?.id);
    if (job !== undefined) done(job);
  });
  const settle = async (job: Job, problem: Problem) => {
    const isTaken = problem.status === 412;
    const isUnknown = problem.status === 0 || problem.status >= 500;
    // It was completed, ended elsewhere, or cleared away.
    const isGone = problem.code === "NoSuchUpload";
    // Of the completion nobody may have heard, and the library asks for it more than once: the object may be there.
    const found = isGone || ((isUnknown || isTaken) && job.isCompleted) ? await findParts(job.upload) : "nothing";
    if (jobs.get(job.upload.id) !== job) return;
    if (found === "itself") { done(job); return; }
    if (isGone) {
      // The file is sent from its beginning.
      over(job);
      uppy.removeFile(job.file);
    }
    if (isTaken || (found === "other" && !job.upload.overwrites)) tell.taken(job.upload.id);
    else tell.failed(job.upload.id, problem);
  };
  uppy.on("upload-error", (file, error) => {
    const job = jobOf(file?.id);
    if (job === undefined) return;
    const problem = problemOf(error);
    if (ENDED.includes(problem.code)) dropSession();
    void settle(job, problem);
  });

  const isAtWork = ({ file }: Job) =>
    Object.values(uppy.getState().currentUploads).some((one) => one.fileIDs.includes(file));
  const added = (upload: Upload, data: File): Job => {
    // Uppy knows a file by its name, size, date and this.
    const meta = { path: placeOf(upload), relativePath: bytesToHex(utf8ToBytes(placeOf(upload))) };
    const file = uppy.addFile({ name: nameOf(upload.key), type: data.type, data, meta });
    const kept = known.get(upload.id);
    const job = { upload, file, uploadId: null, began: kept?.began ?? Date.now(), isCompleted: false, release: null };
    jobs.set(upload.id, job);
    if (kept === undefined) return job;
    begun(job, kept.uploadId);
    uppy.setFileState(file, { s3Multipart: { uploadId: kept.uploadId, key: placeOf(upload) } });
    return job;
  };
  const start = (upload: Upload) => {
    if (upload.file === null) return;
    const job = jobs.get(upload.id) ?? added(upload, upload.file);
    job.upload = upload;
    if (!isAtWork(job)) {
      // Begins this one, and asks the storage which parts it has. How it ends is told by events.
      void uppy.retryUpload(job.file).catch(() => undefined);
    } else if (uppy.getFile(job.file).isPaused) {
      uppy.pauseResume(job.file);
    }
  };
  const pause = ({ id }: Upload) => {
    const job = jobs.get(id);
    if (job !== undefined && isAtWork(job) && !uppy.getFile(job.file).isPaused) uppy.pauseResume(job.file);
  };
  const cancel = ({ id, bucket, key }: Upload) => {
    const job = jobs.get(id);
    const uploadId = job?.uploadId ?? known.get(id)?.uploadId ?? null;
    const isAborted = job !== undefined && isAtWork(job);
    if (job !== undefined) {
      uppy.removeFile(job.file);
      over(job);
    }
    if (uploadId === null || isAborted) return;
    drop(owner, uploadId);
    // What cannot be ended now is for the storage's own rule about unfinished uploads.
    void send(`${objectUrl(bucket, key)}?uploadId=${escape(uploadId)}`, { method: "DELETE" }).catch(() => undefined);
  };
  return { start, pause, cancel, adopt: ({ id }, kept) => void known.set(id, kept) };
}

function keptOf({ upload, began }: Job, uploadId: string, sent: number): Kept {
  const { bucket, key, size, modified, overwrites } = upload;
  return { bucket, key, size, modified, uploadId, sent, overwrites, began };
}

function placeOf({ bucket, key }: Upload): string {
  return `${bucket}/${key}`;
}

/** What Uppy tells of an answer. */
function problemOf(error: { message: string; status?: number; body?: string }): Problem {
  if (error instanceof Problem) return error;
  if (error.status === undefined) {
    // A completion may be refused in an answer that began as 200.
    return error.message.includes("<Error>") || error.message.includes('"Code"')
      ? new Problem(500, "unreadable", text.problems.notDone, error.message, null)
      : Problem.unreachable(text.problems.theGateway);
  }
  return Problem.ofS3(error.status, error.body ?? "", null);
}
