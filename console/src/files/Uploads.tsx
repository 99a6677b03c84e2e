import { RotateCcw, X } from "lucide-react";

import { text } from "../text";
import { Button } from "../ui/Button";
import { duration, size } from "./format";
import { nameOf } from "./names";
import { cancel, resolve, retry, tidy, useUploads, type Upload } from "./uploads";

const words = text.uploads;
/** How many lines are shown: of many files, those that want something or move. */
const SHOWN = 50;
const ORDER = { taken: 0, failed: 1, sending: 2, waiting: 3, cancelled: 4, done: 5 };

/** The files on their way. */
export function Uploads() {
  const uploads = useUploads();
  if (uploads.length === 0) return null;
  const done = uploads.filter((one) => one.state === "done").length;
  const shown = [...uploads].sort((one, other) => ORDER[one.state] - ORDER[other.state]).slice(0, SHOWN);
  const isOver = uploads.every((one) => one.state !== "waiting" && one.state !== "sending" && one.state !== "taken");
  return (
    <aside className="tray" aria-label={words.title}>
      <header>
        <h2 role="status">{words.progress(done, uploads.length)}</h2>
        {isOver ? (
          <Button size="small" look="bare" onPress={tidy}>
            {words.tidy}
          </Button>
        ) : null}
      </header>
      <ul>
        {shown.map((one) => (
          <Line key={one.id} one={one} />
        ))}
        {shown.length < uploads.length ? <li className="soft">{words.others(uploads.length - shown.length)}</li> : null}
      </ul>
    </aside>
  );
}

function Line({ one }: { one: Upload }) {
  const name = nameOf(one.key);
  const isGoing = one.state === "waiting" || one.state === "sending";
  const isRetried = one.state === "failed" || one.state === "cancelled";
  return (
    <li>
      <span className="what" title={`${one.bucket}/${one.key}`}>
        {name}
      </span>
      {isGoing ? (
        <Button size="icon" look="bare" label={words.cancel(name)} onPress={() => cancel(one)}>
          <X aria-hidden />
        </Button>
      ) : null}
      {isRetried ? (
        <Button size="icon" look="bare" label={words.retry(name)} onPress={() => retry(one)}>
          <RotateCcw aria-hidden />
        </Button>
      ) : null}
      {one.state === "sending" ? (
        <progress aria-label={words.of(name)} max={Math.max(1, one.file.size)} value={one.sent} />
      ) : null}
      <span className={one.state === "failed" ? "state danger" : "state"}>{stateOf(one)}</span>
      {one.state === "taken" ? (
        <span className="choices">
          <Button size="small" onPress={() => resolve(one, "overwrite")}>
            {words.overwrite}
          </Button>
          <Button size="small" onPress={() => resolve(one, "keep-both")}>
            {words.keepBoth}
          </Button>
          <Button size="small" onPress={() => resolve(one, "skip")}>
            {words.skip}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

function stateOf(one: Upload): string {
  if (one.state === "failed" && one.problem !== null) return one.problem.message;
  if (one.state !== "sending") return words.states[one.state];
  const seconds = (Date.now() - one.began) / 1000;
  const rate = one.sent / Math.max(seconds, 0.1);
  const so = `${size(one.sent)} / ${size(one.file.size)}`;
  if (seconds < 1 || one.sent === 0) return so;
  return `${so}, ${words.rate(size(rate), duration((one.file.size - one.sent) / rate))}`;
}
