import { useRef, useState } from "react";

import { Problem } from "../api/problem";
import { text } from "../text";
import { copy, isInside, move, overlapOf, stepsOf, type Place, type Step } from "./copy";
import { find, type Item } from "./gateway";
import { inTurns } from "./inTurns";
import { itemsBelow } from "./itemsBelow";
import { besides } from "./names";
import type { Row } from "./rows";
import type { OnConflict } from "./upload";

const words = text.transfer;
/** How many objects are copied at a time. */
const AT_ONCE = 4;

/** How far it is. */
export interface Progress {
  done: number;
  skipped: number;
  /** Known once everything below the folders is counted. */
  all: number | null;
}

/** An object whose target is taken: `answer` says what becomes of it, and of all others if `isForAll`. */
export interface Question {
  step: Step;
  answer: (how: OnConflict, isForAll: boolean) => void;
}

/** Copies or moves what rows stand for, object by object, and asks where a target is taken. */
export function useTransfer(bucket: string, rows: readonly Row[], how: "copy" | "move") {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const stopped = useRef(false);
  const isStopped = () => stopped.current;
  const forAll = useRef<OnConflict | null>(null);
  /** One question at a time. */
  const asking = useRef<Promise<unknown>>(Promise.resolve());
  /** What is done already, when it is tried again. */
  const over = useRef(new Set<string>());
  const moved = useRef(new Set<string>());
  /** The targets of this transfer. */
  const claimed = useRef(new Set<string>());

  const ask = (step: Step): Promise<OnConflict> => {
    const answered = asking.current.then(async () => {
      if (forAll.current !== null) return forAll.current;
      const answer = await new Promise<OnConflict>((tell) => {
        const take = (one: OnConflict, isForAll: boolean) => {
          if (isForAll) forAll.current = one;
          setQuestion(null);
          tell(one);
        };
        setQuestion({ step, answer: take });
      });
      return answer;
    });
    asking.current = answered;
    return answered;
  };
  /** Whether a target is this step's alone: two of one name must not both find it free. */
  const claim = ({ bucket: where, key }: Place): boolean => {
    const target = `${where}/${key}`;
    if (claimed.current.has(target)) return false;
    claimed.current.add(target);
    return true;
  };
  const settled = async (step: Step): Promise<Step | null> => {
    const { bucket: where, key } = step.to;
    if (claim(step.to) && (await find(where, key)) === null) return step;
    const answer = await ask(step);
    if (answer === "skip") return null;
    if (answer === "overwrite") return step;
    const tried = new Set<string>();
    for (;;) {
      const beside = besides(key, (one) => tried.has(one));
      if (claim({ bucket: where, key: beside }) && (await find(where, beside)) === null) return { ...step, to: { bucket: where, key: beside } };
      tried.add(beside);
    }
  };
  const go = async (to: Place, name?: string) => {
    stopped.current = false;
    // It may go elsewhere now: an answer for all others was for where it went before.
    forAll.current = null;
    const steps: Step[] = [];
    setProgress({ done: 0, skipped: 0, all: null });
    for (const row of rows) {
      for await (const items of objectsOf(bucket, row)) {
        steps.push(...stepsOf(bucket, row, items, to, name).filter((step) => !over.current.has(step.from.key)));
      }
    }
    const hit = overlapOf(steps);
    if (hit !== null) throw new Problem(0, "overlap", words.title, words.overlap(hit), null);
    claimed.current = new Set();
    setProgress({ done: 0, skipped: 0, all: steps.length });
    await inTurns(steps, AT_ONCE, async (step) => {
      const sure = isStopped() ? null : await settled(step);
      if (isStopped()) return;
      if (sure !== null) await (how === "move" ? move(sure) : copy(sure));
      over.current.add(step.from.key);
      if (sure !== null && how === "move") moved.current.add(step.from.key);
      setProgress((so) => so && { ...so, ...(sure === null ? { skipped: so.skipped + 1 } : { done: so.done + 1 }) });
    });
  };
  const stop = () => {
    stopped.current = true;
    question?.answer("skip", true);
  };
  return {
    progress,
    question,
    go,
    stop,
    reset: () => setProgress(null),
    gone: (): ReadonlySet<string> => new Set(moved.current),
  };
}

/** The objects that a row stands for. */
async function* objectsOf(bucket: string, row: Row): AsyncGenerator<Item[]> {
  if (row.isFolder) yield* itemsBelow(bucket, row.key);
  else yield [{ key: row.key, size: row.size ?? 0, last_modified: "", etag: null }];
}

/** Why rows cannot go to a place; `null` if they can. */
export function flawOf(bucket: string, rows: readonly Row[], to: Place, name?: string): "inside" | "same" | null {
  if (to.bucket !== bucket) return null;
  if (rows.some((row) => isInside(row, to.key))) return "inside";
  const isSame = rows.some((row) => stepsOf(bucket, row, [itemOf(row)], to, name)[0]?.to.key === row.key);
  return isSame ? "same" : null;
}

function itemOf({ key }: Row): Item {
  return { key, size: 0, last_modified: "", etag: null };
}
