import { beforeEach, expect, test, vi } from "vitest";

import { session, setSession, type Session } from "./session";
import { followTabs, resume, signInWithAccount, signInWithPasted, signOut } from "./ways";
import { idOfWho } from "./who";

const who = (id: string) => ({ project: "p", actor: "user", id }) as Session["who"];
const kept = new Map<string, string>();
/** The addresses that were asked, with their bodies, and what holds back the answer to `/v1/whoami`. */
let asked: string[] = [];
let beforeWho: () => void = () => undefined;
/** What happens while the password is looked at. */
let beforeLogin: () => void = () => undefined;
/** Tells this tab that somebody signed out in another one. */
let hear: (id: string) => void = () => undefined;

class Channel {
  postMessage = () => undefined;
  close = () => undefined;
  set onmessage(listener: (event: { data: unknown }) => void) {
    hear = (id) => listener({ data: idOfWho({ who: who(id) }) });
  }
}

const ada = { access_token: "t", expires_in: 900, user: { id: "ada", username: "ada", display_name: null } };
const answers: Record<string, () => object> = {
  "/auth/refresh": () => ada,
  "/auth/login": () => {
    beforeLogin();
    return ada;
  },
  "/v1/whoami": () => {
    beforeWho();
    return who("ada");
  },
};

beforeEach(() => {
  asked = [];
  beforeWho = () => undefined;
  beforeLogin = () => undefined;
  kept.clear();
  const localStorage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  };
  const location = { origin: "https://cargo.example" };
  vi.stubGlobal("window", { localStorage, location, setTimeout: () => 1, clearTimeout: () => undefined });
  vi.stubGlobal("BroadcastChannel", Channel);
  vi.stubGlobal("fetch", (url: string, { body }: RequestInit = {}) => {
    asked.push(body instanceof URLSearchParams ? `${url} ${body.get("token") ?? ""}` : url);
    const answer = Response.json(answers[url]?.() ?? {});
    return Promise.resolve(Object.defineProperty(answer, "url", { value: new URL(url, location.origin).href }));
  });
  setSession(null);
  followTabs();
});

const provider = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/a",
  token_endpoint: "https://id.example/t",
  revocation_endpoint: "https://id.example/revoke",
};
const atIssuer = (id: string): Session => {
  const renewal = { provider, client: "c", refreshToken: `of ${id}` };
  return { bearer: "b", who: who(id), way: { kind: "issuer", name: null, renewal }, ends: null };
};

test("a sign-out in another tab ends at the auth service what this tab has of it", () => {
  setSession(atIssuer("eve"));
  hear("somebody else");
  expect([session()?.who.id, asked]).toEqual(["eve", []]);
  hear("eve");
  expect([session(), asked]).toEqual([null, ["https://id.example/revoke of eve"]]);
});

test("a sign-out ends at the auth service, too", async () => {
  setSession(atIssuer("eve"));
  await signOut();
  expect([session(), asked]).toEqual([null, ["https://id.example/revoke of eve"]]);
});

test("a tab that is still signing in hears of a sign-out, and of its own only", async () => {
  kept.set("cargo.signed-in", "ada");
  beforeWho = () => hear("ada");
  await resume();
  expect(session()).toBeNull();
  expect(kept.size).toBe(0);
  expect(asked.at(-1), "the cookie of the renewal ends, too").toBe("/auth/logout");

  kept.set("cargo.signed-in", "ada");
  beforeWho = () => hear("bob");
  await resume();
  expect(session()?.who.id).toBe("ada");
});

test("a password that is looked at while its account is signed out elsewhere signs nobody in", async () => {
  const login = { name: "ada", password: "p", newPassword: "", project: "" };
  beforeLogin = () => hear("ada");
  await expect(signInWithAccount(login)).rejects.toThrow();
  expect([session(), asked.at(-1)]).toEqual([null, "/auth/logout"]);
  beforeLogin = () => undefined;
  await signInWithAccount(login);
  expect(session()?.who.id).toBe("ada");
});

test("a tab that hears late of a sign-out leaves alone who has signed in since", async () => {
  kept.set("cargo.signed-in", "ada");
  beforeWho = () => {
    hear("ada");
    kept.set("cargo.signed-in", "bob");
  };
  await resume();
  expect([session(), kept.get("cargo.signed-in"), asked.includes("/auth/logout")]).toEqual([null, "bob", false]);
});

test("who signs in after a sign-out elsewhere is signed in", async () => {
  hear("ada");
  await signInWithPasted("t");
  expect(session()?.who.id).toBe("ada");
});
