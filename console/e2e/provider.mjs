// Auth services on this machine: an OpenID provider with codes, PKCE and refresh tokens, and a page that leads back with a
// token. Everybody is signed in as Eve, without being asked.
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import http from "node:http";
import { URLSearchParams } from "node:url";

/** The console's id at the provider. */
export const CLIENT = "console";
/** Whom access tokens are for. */
export const AUDIENCE = "cargo";

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const part = (value) => base64url(JSON.stringify(value));

/**
 * Starts one. `lives` is how long an access token is good, in seconds; `callback` the one path that codes are sent to; with
 * `isNamed` it names itself where it leads back. `next` changes the next answer: `refuse`, `state` (of another sign-in),
 * `nonce` (of another sign-in), `unnamed`, or `{ to, callback }`: it hands the user on to another provider (mix-up).
 */
export async function startProvider({ lives = 3600, callback = null, isNamed = true } = {}) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...createPublicKey(privateKey).export({ format: "jwk" }), use: "sig", alg: "RS256", kid: randomUUID() };
  const codes = new Map();
  const provider = { url: "", lives, next: null, refreshed: 0, revoked: 0, codesAsked: 0, stop: null };
  const jwt = (claims) => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iss: provider.url, sub: "eve", iat: now, exp: now + provider.lives };
    const message = `${part({ alg: "RS256", typ: "JWT", kid: jwk.kid })}.${part({ ...times, ...claims })}`;
    return `${message}.${base64url(sign("sha256", Buffer.from(message), privateKey))}`;
  };
  const tokens = (nonce) => ({
    token_type: "Bearer",
    access_token: jwt({ aud: AUDIENCE }),
    id_token: jwt({ aud: CLIENT, nonce, name: "Eve Adams" }),
    refresh_token: randomUUID(),
  });
  const routes = {
    "/.well-known/openid-configuration": () => ({
      issuer: provider.url,
      authorization_endpoint: `${provider.url}/authorize`,
      token_endpoint: `${provider.url}/token`,
      revocation_endpoint: `${provider.url}/revoke`,
      jwks_uri: `${provider.url}/keys`,
      scopes_supported: ["openid", "profile", "offline_access"],
      authorization_response_iss_parameter_supported: isNamed,
    }),
    "/keys": () => ({ keys: [jwk] }),
    "/authorize": ({ given }) => {
      const back = new URL(given.get("redirect_uri"));
      const how = provider.next;
      provider.next = null;
      if (how?.to !== undefined) {
        const handed = new URLSearchParams(given);
        back.pathname = how.callback;
        handed.set("redirect_uri", back.href);
        return new URL(`${how.to}/authorize?${handed}`);
      }
      if (back.pathname !== callback) return null;
      back.searchParams.set("state", how === "state" ? "another" : given.get("state"));
      if (how === "refuse") {
        back.searchParams.set("error", "access_denied");
        back.searchParams.set("error_description", "Ask your manager.");
        return back;
      }
      const code = randomUUID();
      codes.set(code, {
        challenge: given.get("code_challenge_method") === "S256" ? given.get("code_challenge") : "none",
        nonce: how === "nonce" ? "another" : given.get("nonce"),
        isAsked: given.get("client_id") === CLIENT && given.get("response_type") === "code",
        back: given.get("redirect_uri"),
      });
      back.searchParams.set("code", code);
      if (isNamed && how !== "unnamed") back.searchParams.set("iss", provider.url);
      return back;
    },
    "/token": ({ form }) => {
      if (form.get("grant_type") === "refresh_token") {
        provider.refreshed += 1;
        provider.lives = 3600;
        return tokens(undefined);
      }
      provider.codesAsked += 1;
      const known = codes.get(form.get("code"));
      codes.delete(form.get("code"));
      const challenge = base64url(createHash("sha256").update(form.get("code_verifier") ?? "").digest());
      if (!known?.isAsked || known.challenge !== challenge || known.back !== form.get("redirect_uri")) return null;
      return tokens(known.nonce);
    },
    "/revoke": () => {
      provider.revoked += 1;
      return {};
    },
    "/login": ({ given }) => new URL(`${given.get("redirectUrl")}?token=${jwt({ aud: AUDIENCE })}`),
  };
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url, provider.url);
    const answer = routes[pathname]?.({ given: searchParams, form: new URLSearchParams(body) });
    if (answer instanceof URL) return response.writeHead(302, { location: answer.href }).end();
    const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
    response.writeHead(answer ? 200 : 400, headers).end(JSON.stringify(answer ?? { error: "invalid_grant" }));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  provider.url = `http://127.0.0.1:${server.address().port}`;
  provider.stop = () => {
    server.closeAllConnections();
    return new Promise((ended) => server.close(ended));
  };
  return provider;
}
