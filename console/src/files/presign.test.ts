import { expect, test } from "vitest";

import { presign } from "./presign";

// Recorded from botocore 1.x: the same request, the same credentials, the same moment.
test("an URL is signed as botocore signs it", async () => {
  const ask = {
    method: "GET",
    endpoint: "http://localhost:9000",
    region: "us-east-1",
    bucket: "demo",
    key: "reports/2026 überblick+50%.bin",
    query: { "response-content-disposition": "attachment; filename=\"a b.bin\"" },
    lives: 300,
    now: new Date("2026-11-29T12:00:00Z"),
  } as const;
  const credentials = { accessKeyId: "CGASEXAMPLE", secretAccessKey: "secret", sessionToken: "to/ken+1=" };
  const url = new URL(await presign(ask, credentials));
  expect(url.pathname).toBe("/demo/reports/2026%20%C3%BCberblick%2B50%25.bin");
  expect(url.searchParams.get("X-Amz-Credential")).toBe("CGASEXAMPLE/20261129/us-east-1/s3/aws4_request");
  expect(url.searchParams.get("X-Amz-Signature")).toBe("66d0cb3da8b02cf9893a069afcdf42740b49750a01de1f6a69619f9daab19e59");
});
