import { afterEach, expect, test, vi } from "vitest";

import { readConfig } from "../../config";
import { demandPending } from "./client";
import { callbackOf, landingOf, type Landing } from "./landing";
import { keepPending } from "./pending";
import { challengeOf, unguessable } from "./pkce";
import { demandProvider, metadataOf, refusal } from "./provider";
import { bearers, claimsOf, demandAnswer, nameIn } from "./tokens";

afterEach(() => void vi.unstubAllGlobals());

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

test("an answer is read with the path of its auth service and the state that tells it apart", () => {
  const read = (path: string, search = "") => landingOf(`/console${path}`, search);
  expect([callbackOf("okta"), callbackOf("sail", "s"), callbackOf("")]).toEqual([
    "/console/callback/okta",
    "/console/callback/sail/s",
    "/console/callback/default",
  ]);
  const code = { kind: "code", alias: "okta", state: "s", code: "c", iss: "https://a.example" };
  expect(read("/callback/okta", "?code=c&state=s&iss=https%3A%2F%2Fa.example")).toEqual(code);
  expect(read("/callback/default", "?code=c&state=s")).toEqual({ ...code, alias: "", iss: null });
  expect(read("/callback/sail/s", "?token=a.b.c")).toEqual({ kind: "token", alias: "sail", state: "s", token: "a.b.c" });
  const refused = { kind: "refused", alias: "okta", state: "s", error: "access_denied", description: "no" };
  expect(read("/callback/okta", "?error=access_denied&error_description=no&state=s&code=c")).toEqual(refused);
  // The state of a path is not overruled by one among the parameters.
  expect(read("/callback/okta/s", "?error=access_denied&error_description=no&state=t")).toEqual(refused);
  for (const [path, search] of [
    ["/callback", "?code=c&state=s"],
    ["/callback/", "?code=c&state=s"],
    ["/callback/okta", "?code=c"],
    ["/callback/okta", "?state=s"],
    // Neither way is taken for the other.
    ["/callback/okta", "?token=t&state=s"],
    ["/callback/okta/s", "?code=c&state=s"],
    ["/callback/okta/s", ""],
    ["/callback/okta/", "?token=t"],
    ["/callback/okta/s/t", "?token=t"],
    ["/callbacks/okta", "?code=c&state=s"],
    ["/", "?token=t&state=s"],
  ] as const) {
    expect(read(path, search)).toBeNull();
  }
});

test("an answer on the path of another auth service than the one that was asked is refused", async () => {
  const kept = new Map<string, string>();
  const sessionStorage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  };
  vi.stubGlobal("window", { sessionStorage });
  const issuers = ["", "okta", "evil"].map((alias) => ({ alias, issuer: `https://${alias}.example`, display_name: alias }));
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ issuers })));
  await readConfig();
  const begin = (alias: string) => keepPending({ state: "s", alias, nonce: "n", verifier: "v", to: "/" });
  const answer = (alias: string, state = "s"): Landing => ({ kind: "code", alias, state, code: "c", iss: null });

  begin("okta");
  expect(demandPending(answer("okta")).service.alias).toBe("okta");
  expect(() => demandPending(answer("okta")), "an answer counts once").toThrow("no sign-in that was begun");
  begin("");
  expect(demandPending(answer("")).service.alias).toBe("");
  for (const [begun, landed] of [["evil", "okta"], ["okta", "evil"], ["okta", ""], ["", "okta"]] as const) {
    begin(begun);
    expect(() => demandPending(answer(landed))).toThrow("another auth service answered");
    expect(kept.size, "it is not there for another answer").toBe(0);
  }
  begin("okta");
  expect(() => demandPending(answer("okta", "t"))).toThrow("no sign-in that was begun");
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
