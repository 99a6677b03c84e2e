import { expect, test } from "vitest";

import { placesOf } from "./places";

test("the home is first, and a bucket in which only folders are open is named by them", () => {
  const held = [
    { bucket: "archive", permissions: ["read" as const], prefixes: [] },
    {
      bucket: "homes",
      permissions: [],
      prefixes: [
        { prefix: "home/ada/", permissions: ["read" as const, "write" as const] },
        { prefix: "shared/", permissions: ["read" as const] },
      ],
    },
  ];
  const places = placesOf(held, { bucket: "homes", prefix: "home/ada/" });
  expect(places.map((one) => [one.bucket, one.prefix, one.isHome])).toEqual([
    ["homes", "home/ada/", true],
    ["archive", "", false],
    ["homes", "shared/", false],
  ]);
});

test("a folder has what the bucket has, too", () => {
  const prefixes = [{ prefix: "a/", permissions: ["write" as const] }];
  const places = placesOf([{ bucket: "one", permissions: ["read"], prefixes }], null);
  expect(places.map((one) => one.permissions)).toEqual([["read"], ["read", "write"]]);
});
