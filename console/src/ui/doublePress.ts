/** A press, as events tell of it. */
export interface Press {
  timeStamp: number;
  clientX: number;
  clientY: number;
}

/** Within how many milliseconds two presses are a double click. */
const SOON = 500;
/** Within how many pixels. */
const NEAR = 10;

/** Whether an event comes so soon after a moment that it was meant for what was there before. */
export function isTooSoon(since: number, timeStamp: number): boolean {
  return timeStamp - since < SOON;
}

/** Tells of each press whether it is the second one of a double click: what the first one opened may lie under it by then. */
export function secondPresses(): (press: Press) => boolean {
  let last: Press | null = null;
  return ({ timeStamp, clientX, clientY }) => {
    const before = last;
    last = { timeStamp, clientX, clientY };
    if (before === null || !isTooSoon(before.timeStamp, timeStamp)) return false;
    return Math.abs(clientX - before.clientX) <= NEAR && Math.abs(clientY - before.clientY) <= NEAR;
  };
}
