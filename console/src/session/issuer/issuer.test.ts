import { expect, test } from "vitest";

import { landingOf } from "./landing";
import { challengeOf, unguessable } from "./pkce";
import { demandProvider, metadataOf, refusal } from "./provider";
import { bearers, claimsOf, demandAnswer, nameIn } from "./tokens";

const ISSUER = "https://id.example/realms/acme";

function jwt(claims: object): string {
  const part = (value: object) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value)))).replace(/=+$/, "");
  return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
}

test("the challenge of a verifier is that of RFC 7636, appendix B", async () => {
  expect(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  expect(unguessable()).toMatch(/^[\w-]{43}$/);
  expect(unguessable()).not.toBe(unguessable());
});

test("an answer is read with the state that tells it apart", () => {
  const read = (path: string, search = "") => landingOf(`/console${path}`, search);
  expect(read("/callback", "?code=c&state=s&iss=https%3A%2F%2Fa.example")).toEqual({
    kind: "code",
    state: "s",
    code: "c",
    iss: "https://a.example",
  });
  expect(read("/callback/s", "?token=a.b.c")).toEqual({ kind: "token", state: "s", token: "a.b.c" });
  expect(read("/callback", "?error=access_denied&error_description=no&state=s&code=c")).toEqual({
    kind: "refused",
    state: "s",
    error: "access_denied",
    description: "no",
  });
  for (const [path, search] of [
    ["/callback", "?code=c"],
    ["/callback", "?state=s"],
    ["/callback/s", ""],
    ["/callbacks", "?code=c&state=s"],
    ["/", "?token=t&state=s"],
  ] as const) {
    expect(read(path, search)).toBeNull();
  }
});

test("only the issuer's own metadata is believed, and only safe addresses", () => {
  const own = { issuer: ISSUER, authorization_endpoint: "https://login.example/a", token_endpoint: "https://id.example/t" };
  expect(metadataOf("https://a.example/")).toBe("https://a.example/.well-known/openid-configuration");
  expect(demandProvider(ISSUER, own)).toBe(own);
  for (const wrong of [
    null,
    { ...own, issuer: `${ISSUER}/` },
    { ...own, authorization_endpoint: "javascript:alert(1)" },
    { ...own, authorization_endpoint: "http://id.example/a" },
    { ...own, token_endpoint: "https://elsewhere.example/t" },
    { issuer: ISSUER, authorization_endpoint: own.authorization_endpoint },
  ]) {
    expect(() => demandProvider(ISSUER, wrong)).toThrow();
  }
});

test("an ID token is an answer to this sign-in, or none", () => {
  const asked = { issuer: ISSUER, client: "console", nonce: "n" };
  const good = { iss: ISSUER, aud: ["other", "console"], nonce: "n" };
  const answer = (claims: object) => () => demandAnswer({ access_token: "x", id_token: jwt(claims) }, asked);
  expect(answer(good)).not.toThrow();
  expect(answer({ ...good, aud: "console" })).not.toThrow();
  expect(() => demandAnswer({ access_token: "x" }, asked)).not.toThrow();
  for (const wrong of [{ nonce: "m" }, { nonce: undefined }, { iss: "https://evil.example" }, { aud: "other" }, { aud: undefined }]) {
    expect(answer({ ...good, ...wrong })).toThrow("another sign-in");
  }
});

test("the token that the server can read is sent first", () => {
  const [access, id] = [jwt({ iss: ISSUER, sub: "1" }), jwt({ iss: ISSUER, name: "Zoë" })];
  expect(bearers({ access_token: access, id_token: id }, ISSUER)).toEqual([access, id]);
  expect(bearers({ access_token: "opaque", id_token: id }, ISSUER)).toEqual([id]);
  expect(bearers({ access_token: jwt({ iss: "https://graph.example" }), id_token: id }, ISSUER)).toEqual([id]);
  expect(bearers({ access_token: "opaque" }, ISSUER)).toEqual(["opaque"]);
  expect([nameIn({ access_token: access, id_token: id }), nameIn({ access_token: access })]).toEqual(["Zoë", null]);
  expect([claimsOf("a.b"), claimsOf("a.!.c")]).toEqual([null, null]);
});

test("an error of an auth service is told in words, with its own", () => {
  expect(refusal("access_denied", "User said no").message).toMatch(/^You cancelled.* It says: User said no$/);
  expect(refusal("odd", null).message).toBe("The auth service refused: odd.");
});
