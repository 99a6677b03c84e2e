import type { Problem } from "../../api/problem";
import type { Upload } from "../upload";

/** What a way of sending tells of an upload. */
export interface Listener {
  sent: (id: number, bytes: number) => void;
  done: (id: number) => void;
  /** There is something at the key. */
  taken: (id: number) => void;
  failed: (id: number, problem: Problem) => void;
}

/** A way of sending files. */
export interface Way {
  /** Begins, or goes on. */
  start: (upload: Upload) => void;
  /** Stops, so that it can go on. */
  pause: (upload: Upload) => void;
  /** Stops, and leaves nothing behind. */
  cancel: (upload: Upload) => void;
}
