import { expect, test } from "vitest";

import { Problem } from "../api/problem";
import { tokenOf } from "./invitation";

test("the token of an invitation is what follows in the fragment", () => {
  expect(tokenOf("#/invite/cgin_Ab-9.x~_")).toBe("cgin_Ab-9.x~_");
  expect(["", "#/invite/", "#/other/x", "#/invite/a/b", "#/invite/a?b"].map(tokenOf)).toEqual(Array(5).fill(null));
});

test("an error of the gateway is read from S3's XML", () => {
  const xml = "<Error><Code>AccessDenied</Code><Message>no write &amp; no delete</Message><RequestId>7</RequestId></Error>";
  const problem = Problem.ofS3(403, xml, null);
  expect([problem.code, problem.message, problem.requestId]).toEqual(["AccessDenied", "no write & no delete", "7"]);
  expect(Problem.ofS3(500, "", "8").requestId).toBe("8");
});
