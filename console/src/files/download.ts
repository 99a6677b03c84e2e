import { downloadUrl } from "./gateway";

/** Has the browser download an object by itself. */
export async function download(bucket: string, key: string): Promise<void> {
  const link = document.createElement("a");
  link.href = await downloadUrl(bucket, key);
  link.rel = "noreferrer";
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
