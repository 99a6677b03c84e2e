import { list } from "./gateway";

/** All keys below a folder, page by page. */
export async function* keysBelow(bucket: string, folder: string): AsyncGenerator<string[]> {
  let token: string | null = null;
  do {
    const page = await list(bucket, folder, token, "all");
    yield page.items.map((item) => item.key);
    token = page.next_page_token;
  } while (token !== null);
}
