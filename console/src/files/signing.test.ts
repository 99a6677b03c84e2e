import { expect, test } from "vitest";

import { signedHeaders } from "./signing";

// Recorded from botocore 1.x: the same request, the same credentials, the same moment.
test("headers are signed as botocore signs them", async () => {
  const ask = {
    method: "PUT",
    endpoint: "http://localhost:9000",
    region: "us-east-1",
    path: "/demo/a%20b.bin",
    query: { uploadId: "x+y", partNumber: "2" },
    now: new Date("2026-11-29T12:00:00Z"),
  };
  const credentials = { accessKeyId: "CGASEXAMPLE", secretAccessKey: "secret", sessionToken: "to/ken+1=" };
  const { authorization } = await signedHeaders(ask, credentials);
  expect(authorization).toBe(
    "AWS4-HMAC-SHA256 Credential=CGASEXAMPLE/20261129/us-east-1/s3/aws4_request, " +
      "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, " +
      "Signature=2a5d1147a6ec5546000b590bddb251e9debb8ba5acf8f3f8f434a8e6bebe69b1",
  );
});
