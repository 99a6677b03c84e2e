// The tabs of this browser tell each other who signed out. They tell an id, nothing that proves anything.

const NAME = "cargo.signed-out";

/** Tells the other tabs that somebody signed out. */
export function tellTabs(who: string): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(who);
  channel.close();
}

/** Calls `left` with whoever signed out in another tab. */
export function hearTabs(left: (who: unknown) => void): void {
  new BroadcastChannel(NAME).onmessage = ({ data }) => left(data);
}
