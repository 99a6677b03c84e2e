import { Problem } from "../../api/problem";
import { now } from "../../session/clock";
import { objectUrl, proof, whyNoAnswer } from "../gateway";
import type { Upload } from "../upload";
import { hasArrived } from "./arrived";
import type { Listener, Way } from "./way";

/** Sends a file by one request. It is an XMLHttpRequest because that tells how far it is. */
export function byPut(tell: Listener): Way {
  const requests = new Map<number, XMLHttpRequest>();
  /** When those were begun whose answer did not come, by the server's clock, in milliseconds; storages have whole seconds. */
  const unanswered = new Map<number, number>();
  const stop = ({ id }: Upload) => {
    requests.get(id)?.abort();
    requests.delete(id);
  };
  /** What is at the key may be this file itself, whose answer was lost. */
  const taken = async (one: Upload, before: number | undefined) => {
    if (before !== undefined && (await hasArrived(one, before))) tell.done(one.id);
    else tell.taken(one.id);
  };
  const start = (one: Upload) => {
    if (one.file === null) return;
    const before = unanswered.get(one.id);
    unanswered.set(one.id, before ?? now().getTime() - 1000);
    const request = new XMLHttpRequest();
    requests.set(one.id, request);
    request.open("PUT", objectUrl(one.bucket, one.key));
    for (const [name, value] of Object.entries(proof())) request.setRequestHeader(name, value);
    if (one.file.type !== "") request.setRequestHeader("content-type", one.file.type);
    if (!one.overwrites) request.setRequestHeader("if-none-match", "*");
    request.upload.onprogress = (event) => tell.sent(one.id, event.loaded);
    request.onerror = () => void whyNoAnswer().then((problem) => tell.failed(one.id, problem));
    request.onload = () => {
      const { status, responseText } = request;
      // A proxy may say so of what the storage has done.
      if (status < 500) unanswered.delete(one.id);
      if (status >= 200 && status < 300) tell.done(one.id);
      else if (status === 412) void taken(one, before);
      else tell.failed(one.id, Problem.ofS3(status, responseText, request.getResponseHeader("x-amz-request-id")));
    };
    request.onloadend = () => requests.delete(one.id);
    request.send(one.file);
  };
  return { start, pause: stop, cancel: stop };
}
