import { expect, test } from "vitest";

import { sentenceOf } from "./Sentence";

test("what a server says is a sentence, and its names stay as they are", () => {
  const said: [said: string, sentence: string][] = [
    ["the bucket `demo` would lose its last admin", "The bucket `demo` would lose its last admin."],
    ["no", "No."],
    ["it's gone. Ask again!", "It's gone. Ask again!"],
    ["`reason` is too long", "`reason` is too long."],
    ["x-amz-acl is not signed", "x-amz-acl is not signed."],
    ["user:bob is nobody (see `docs`)", "user:bob is nobody (see `docs`)."],
    ["Already one.", "Already one."],
    ["", ""],
  ];
  for (const [text, sentence] of said) expect(sentenceOf(text)).toBe(sentence);
});
