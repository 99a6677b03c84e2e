import { learnerOfNames } from "../users/names";

/** How many items a page has: as many as the API gives. */
const PAGE = 1000;

interface Page<T> {
  items: T[];
  next_page_token?: string | null;
  revision?: string | null;
}

/** The query of a page; without a token that of the first. */
export function pageAt(token: string | undefined) {
  return { page_size: PAGE, ...(token === undefined ? {} : { page_token: token }) };
}

/**
 * All pages of a listing, or the first `most`, and the revision that it was read at. What the listing calls accounts is
 * learnt.
 */
export async function all<T extends object>(
  page: (token: string | undefined) => Promise<Page<T>>,
  most = Infinity,
): Promise<{ items: T[]; revision: string | null }> {
  const items: T[] = [];
  const learn = learnerOfNames();
  let [token, revision, count]: [string | undefined, string | null, number] = [undefined, null, 0];
  do {
    const next: Page<T> = await page(token);
    learn(next.items);
    items.push(...next.items);
    revision ??= next.revision ?? null;
    token = next.next_page_token ?? undefined;
    count += 1;
  } while (token !== undefined && count < most);
  return { items, revision };
}
