/** How far the server's clock is ahead of this machine's, in milliseconds. */
let ahead = 0;

/** A `Date` header has whole seconds, and the way takes its time: less than this is no difference. */
const PRECISION = 2000;

/**
 * Learns the server's time from the `Date` of an answer (RFC 9110, section 6.6.1). `asked` and `answered` are this machine's
 * times around it, in milliseconds. What a signature, or the end of a sign-in, is compared with is the server's clock.
 */
export function learn(date: string | null, asked: number, answered: number): void {
  const told = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(told)) return;
  const difference = told + 500 - (asked + answered) / 2;
  ahead = Math.abs(difference) < PRECISION ? 0 : difference;
}

/** The present time by the server's clock. */
export function now(): Date {
  return new Date(Date.now() + ahead);
}
