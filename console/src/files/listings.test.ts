import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";

import type { Page } from "./gateway";
import { changeListing, listingKey, showArrived, type Loaded } from "./listings";
import { without } from "./patch";
import type { Upload } from "./upload";

const queryKey = listingKey("photos", "trip/");
const item = (key: string) => ({ key, size: 1, last_modified: "2026-11-29T12:00:00.000Z", etag: null });
const listing = (...keys: string[]): Loaded => {
  const page: Page = { items: keys.map(item), prefixes: [], next_page_token: null };
  return { pages: [page], pageParams: [null] };
};
const arrived = (key: string) => ({ bucket: "photos", key, size: 1 }) as Upload;

/** A listing that is in sight, and answered when the test says so. */
function inSight() {
  const queries = new QueryClient();
  const asked: ((loaded: Loaded) => void)[] = [];
  const queryFn = () => new Promise<Loaded>((answer) => asked.push(answer));
  const leave = new QueryObserver(queries, { queryKey, queryFn }).subscribe(() => undefined);
  const keys = () => queries.getQueryData<Loaded>(queryKey)?.pages[0]?.items.map(({ key }) => key);
  const answer = async (loaded: Loaded) => {
    asked.pop()?.(loaded);
    await expect.poll(() => queries.isFetching()).toBe(0);
  };
  return { queries, keys, answer, leave };
}

test("what arrives while its folder is listed is shown, whichever answer was from before", async () => {
  const { queries, keys, answer } = inSight();
  showArrived(queries, arrived("trip/a"));
  await answer(listing());
  await expect.poll(keys).toEqual(["trip/a"]);
  void queries.refetchQueries({ queryKey });
  showArrived(queries, arrived("trip/b"));
  expect(keys()).toEqual(["trip/a", "trip/b"]);
  await answer(listing("trip/a"));
  await expect.poll(keys).toEqual(["trip/a", "trip/b"]);
});

test("what is deleted while its folder is listed does not come back", async () => {
  const { queries, keys, answer } = inSight();
  await answer(listing("trip/a", "trip/b"));
  void queries.refetchQueries({ queryKey });
  changeListing(queries, queryKey, (pages) => without(pages, new Set(["trip/a"])));
  await answer(listing("trip/a", "trip/b"));
  await expect.poll(keys).toEqual(["trip/b"]);
});

test("a folder that is not in sight is listed anew once something has arrived there", async () => {
  const { queries, keys, answer, leave } = inSight();
  await answer(listing("trip/a"));
  leave();
  showArrived(queries, arrived("other/a"));
  expect(keys()).toEqual(["trip/a"]);
  showArrived(queries, arrived("trip/day 1/a"));
  expect(keys()).toBeUndefined();
});
