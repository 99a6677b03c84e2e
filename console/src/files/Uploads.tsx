import { ChevronDown, ChevronUp, FileUp, Pause, Play, RotateCcw, X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { FileTrigger } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { focusFiles, isFocusLost } from "./focus";
import { duration, size } from "./format";
import { nameOf } from "./names";
import { secondsLeft } from "./pace";
import { LARGE } from "./parts";
import { isOver, isUnderWay, offersForAll, type OnConflict, type Upload } from "./upload";
import { cancel, goOn, isFileOf, pause, resolve, resolveAll, tidy, useUploads } from "./uploads";

const words = text.uploads;
/** How many lines are shown: of many files, those that want something or move. */
const SHOWN = 50;
const ORDER = { taken: 0, lost: 1, failed: 2, trying: 3, sending: 4, paused: 5, waiting: 6, cancelled: 7, done: 8 };

/** The files on their way. */
export function Uploads() {
  const uploads = useUploads();
  const [isFolded, setFolded] = useState(false);
  const tray = useRef<HTMLElement>(null);
  const hasFocus = useRef(false);
  useEffect(() => {
    // What was pressed may be gone by now, as buttons of an answer are.
    if (!hasFocus.current || !isFocusLost()) return;
    if (tray.current !== null) { tray.current.focus(); return; }
    hasFocus.current = false;
    focusFiles();
  }, [uploads]);
  if (uploads.length === 0) return null;
  const done = uploads.filter((one) => one.state === "done").length;
  const asking = uploads.filter((one) => one.state === "taken" || one.state === "lost").length;
  const going = uploads.filter((one) => one.state === "waiting" || isUnderWay(one.state));
  return (
    <aside
      className="tray"
      aria-label={words.title}
      ref={tray}
      tabIndex={-1}
      onFocus={() => (hasFocus.current = true)}
      onBlur={() => (hasFocus.current = false)}
    >
      <header>
        <h2 role="status">
          {words.progress(done, uploads.length)}
          {isFolded && asking > 0 ? <span className="soft"> · {words.asks(asking)}</span> : null}
        </h2>
        {going.length > 1 ? (
          <Button size="small" look="bare" onPress={() => going.forEach(cancel)}>
            {words.cancelAll}
          </Button>
        ) : null}
        {uploads.some((one) => isOver(one.state)) ? (
          <Button size="small" look="bare" onPress={tidy}>
            {words.tidy}
          </Button>
        ) : null}
        <Button size="icon" look="bare" label={words.fold} isExpanded={!isFolded} onPress={() => setFolded(!isFolded)}>
          {isFolded ? <ChevronUp aria-hidden /> : <ChevronDown aria-hidden />}
        </Button>
      </header>
      {isFolded ? null : <Lines uploads={uploads} />}
    </aside>
  );
}

function Lines({ uploads }: { uploads: readonly Upload[] }) {
  // The batches whose next answer is for all of their files.
  const [forAll, setForAll] = useState<ReadonlySet<number>>(new Set());
  const shown = [...uploads].sort((one, other) => ORDER[one.state] - ORDER[other.state]).slice(0, SHOWN);
  const offers = offersForAll(uploads, shown);
  const tick = (batch: number, isTicked: boolean) => {
    setForAll((so) => new Set(isTicked ? [...so, batch] : [...so].filter((other) => other !== batch)));
  };
  return (
    <ul tabIndex={0} aria-label={words.files}>
      {shown.map((one) => (
        <Line
          key={one.id}
          one={one}
          onAnswer={(how) => (offers.get(one.batch) === one.id && forAll.has(one.batch) ? resolveAll : resolve)(one, how)}
        >
          {offers.get(one.batch) !== one.id ? null : (
            <label className="check">
              <input
                type="checkbox"
                checked={forAll.has(one.batch)}
                onChange={(event) => tick(one.batch, event.target.checked)}
              />{" "}
              {text.transfer.forAll}
            </label>
          )}
        </Line>
      ))}
      {shown.length < uploads.length ? <li className="soft">{words.others(uploads.length - shown.length)}</li> : null}
    </ul>
  );
}

/** A file, and what it asks; `children` say for what else the answer is. */
function Line({ one, onAnswer, children }: { one: Upload; onAnswer: (how: OnConflict) => void; children: ReactNode }) {
  const name = nameOf(one.key);
  const isBegun = isUnderWay(one.state) || one.state === "paused" || one.state === "lost";
  return (
    <li>
      <span className="what" title={`${one.bucket}/${one.key}`}>
        {name}
      </span>
      <span className="acts">
        <Acts one={one} name={name} />
      </span>
      {isBegun ? <progress aria-label={words.of(name)} max={Math.max(1, one.size)} value={one.sent} /> : null}
      <span className={one.state === "failed" ? "state danger" : "state"}>{stateOf(one)}</span>
      {one.state === "lost" ? <Again one={one} name={name} /> : null}
      {one.state === "taken" ? (
        <span className="choices">
          {children}
          <Button size="small" onPress={() => onAnswer("overwrite")}>
            {words.overwrite}
          </Button>
          <Button size="small" onPress={() => onAnswer("keep-both")}>
            {words.keepBoth}
          </Button>
          <Button size="small" onPress={() => onAnswer("skip")}>
            {words.skip}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

function Acts({ one, name }: { one: Upload; name: string }) {
  const { state } = one;
  return (
    <>
      {isUnderWay(state) && one.size >= LARGE ? (
        <Button size="icon" look="bare" label={words.pause(name)} onPress={() => pause(one)}>
          <Pause aria-hidden />
        </Button>
      ) : null}
      {state === "paused" ? (
        <Button size="icon" look="bare" label={words.resume(name)} onPress={() => goOn(one)}>
          <Play aria-hidden />
        </Button>
      ) : null}
      {state === "failed" || state === "cancelled" ? (
        <Button size="icon" look="bare" label={words.retry(name)} onPress={() => goOn(one)}>
          <RotateCcw aria-hidden />
        </Button>
      ) : null}
      {isOver(state) || state === "taken" ? null : (
        <Button size="icon" look="bare" label={words.cancel(name)} onPress={() => cancel(one)}>
          <X aria-hidden />
        </Button>
      )}
    </>
  );
}

/** Asks for the file of an upload that was interrupted: pages may not open files by themselves. */
function Again({ one, name }: { one: Upload; name: string }) {
  const [isOther, setOther] = useState(false);
  const take = (file: File | undefined) => {
    if (file === undefined) return;
    setOther(!isFileOf(one, file));
    if (isFileOf(one, file)) goOn(one, file);
  };
  return (
    <span className="choices">
      <FileTrigger onSelect={(files) => take(files?.[0])}>
        <Button size="small">
          <FileUp aria-hidden /> {words.again(name)}
        </Button>
      </FileTrigger>
      {isOther ? (
        <span className="danger" role="alert">
          {words.otherFile}
        </span>
      ) : null}
    </span>
  );
}

function stateOf(one: Upload): string {
  const { state, sent, size: all, rate, problem } = one;
  const so = `${size(sent)} / ${size(all)}`;
  if (state === "failed" && problem !== null) return problem.message;
  if (state === "trying") return words.trying(so);
  if (state === "paused" || state === "lost") return `${words.states[state]}, ${so}`;
  if (state !== "sending") return words.states[state];
  const left = secondsLeft(rate, sent, all);
  return rate === null || left === null ? so : `${so}, ${words.rate(size(rate), duration(left))}`;
}
