import { Problem } from "../../api/problem";
import { objectUrl, proof, whyNoAnswer } from "../gateway";
import type { Upload } from "../upload";
import { hasArrived } from "./arrived";
import type { Listener, Way } from "./way";

/** Sends a file by one request. It is an XMLHttpRequest because that tells how far it is. */
export function byPut(tell: Listener): Way {
  /** The request of each file that is sent, until how it ended is told. */
  const requests = new Map<number, XMLHttpRequest>();
  /** Those whose answer did not come: what is at their keys may be they themselves. */
  const unanswered = new Set<number>();
  const pause = ({ id }: Upload) => {
    requests.get(id)?.abort();
    requests.delete(id);
  };
  const cancel = (one: Upload) => {
    pause(one);
    unanswered.delete(one.id);
  };
  const start = (one: Upload) => {
    if (one.file === null) return;
    const wasSent = unanswered.has(one.id);
    unanswered.add(one.id);
    const request = new XMLHttpRequest();
    requests.set(one.id, request);
    /** Tells how it ended, unless it was stopped meanwhile. */
    const end = (how: () => void) => {
      if (requests.get(one.id) !== request) return;
      requests.delete(one.id);
      how();
    };
    const taken = async () => {
      const isThere = wasSent && (await hasArrived(one));
      end(() => (isThere ? tell.done(one.id) : tell.taken(one.id)));
    };
    request.open("PUT", objectUrl(one.bucket, one.key));
    for (const [name, value] of Object.entries(proof())) request.setRequestHeader(name, value);
    if (one.file.type !== "") request.setRequestHeader("content-type", one.file.type);
    if (!one.overwrites) request.setRequestHeader("if-none-match", "*");
    request.upload.onprogress = (event) => tell.sent(one.id, event.loaded);
    request.onerror = () => void whyNoAnswer().then((problem) => end(() => tell.failed(one.id, problem)));
    request.onload = () => {
      const { status, responseText } = request;
      // What is refused now may have been done before.
      if (status >= 200 && status < 300) unanswered.delete(one.id);
      if (status === 412) { void taken(); return; }
      const problem = Problem.ofS3(status, responseText, request.getResponseHeader("x-amz-request-id"));
      end(() => (status >= 200 && status < 300 ? tell.done(one.id) : tell.failed(one.id, problem)));
    };
    request.send(one.file);
  };
  return { start, pause, cancel };
}
