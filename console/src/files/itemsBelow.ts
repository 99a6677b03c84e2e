import { list, type Item } from "./gateway";

/** All objects below a folder, page by page. */
export async function* itemsBelow(bucket: string, folder: string): AsyncGenerator<Item[]> {
  let token: string | null = null;
  do {
    const page = await list(bucket, folder, token, "all");
    yield page.items;
    token = page.next_page_token;
  } while (token !== null);
}
