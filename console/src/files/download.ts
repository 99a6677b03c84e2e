import { downloadUrl } from "./gateway";

/** How long a browser needs to take a click for a download, in milliseconds: a sooner one takes its place. */
const APART = 400;

/** Has the browser download objects by itself, one after the other. */
export async function download(bucket: string, keys: readonly string[]): Promise<void> {
  for (const [at, key] of keys.entries()) {
    const url = await downloadUrl(bucket, key);
    if (at > 0) await new Promise((go) => window.setTimeout(go, APART));
    click(url);
  }
}

function click(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.rel = "noreferrer";
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
