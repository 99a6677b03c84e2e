import { config, type AuthService } from "../../config";
import { text } from "../../text";
import { callbackOf, type Landing } from "./landing";
import { keepPending, takePending, type Pending } from "./pending";
import { challengeOf, unguessable } from "./pkce";
import { discover, postForm, problem, refusal, type Provider } from "./provider";
import { bearers, demandAnswer, nameIn, type Tokens } from "./tokens";

const words = text.issuers;

/** What goes on with a sign-in at an auth service. It is in memory only. */
export interface Renewal {
  provider: Provider;
  client: string;
  refreshToken: string;
}

/** What came of a sign-in at an auth service. */
export interface Granted {
  /** The tokens that the server may take, the likeliest first. */
  bearers: string[];
  name: string | null;
  renewal: Renewal | null;
}

/** The auth services that sign users in for the console. */
export function signInServices(): AuthService[] {
  return config().issuers.filter((one) => one.client_id !== null || one.sign_in_url !== null);
}

/** What people call an auth service. */
export function titleOf(service: AuthService): string {
  return service.display_name ?? (URL.canParse(service.issuer) ? new URL(service.issuer).host : service.issuer);
}

/** Leaves for an auth service, which leads back to the console. */
export async function leaveFor(service: AuthService, to: string): Promise<void> {
  const pending = { state: unguessable(), alias: service.alias, nonce: unguessable(), verifier: unguessable(), to };
  const url = service.sign_in_url === null ? await authorizationOf(service, pending) : tokenPageOf(service.sign_in_url, pending);
  keepPending(pending);
  window.location.assign(url);
}

/** The request for a code (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3). */
async function authorizationOf(service: AuthService, pending: Pending): Promise<URL> {
  const provider = await discover(service.issuer);
  const url = new URL(provider.authorization_endpoint);
  const client = service.client_id ?? "";
  const known = provider.scopes_supported ?? [];
  const scopes = ["openid", ...["profile", "offline_access"].filter((scope) => known.includes(scope))];
  const asked = {
    response_type: "code",
    client_id: client,
    redirect_uri: window.location.origin + callbackOf(service.alias),
    scope: scopes.join(" "),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: "S256",
    ...(service.audience === null || service.audience === client ? {} : { audience: service.audience }),
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url;
}

/** The page that puts `?token=` behind the address it is given: what tells its answers apart stands in the path. */
function tokenPageOf(page: string, pending: Pending): URL {
  const url = new URL(page);
  url.searchParams.set("redirectUrl", window.location.origin + callbackOf(pending.alias, pending.state));
  return url;
}

/**
 * The sign-in that an answer belongs to. It is refused if none was begun in this tab, if it was another, and if it was begun
 * at another auth service than the one whose path the answer came on.
 */
export function demandPending(landing: Landing): { pending: Pending; service: AuthService } {
  const pending = takePending();
  const service = config().issuers.find((one) => one.alias === pending?.alias);
  if (pending?.state !== landing.state || service === undefined) throw problem(words.notBegun, "state");
  if (pending.alias !== landing.alias) throw problem(words.otherService(titleOf(service)), "issuer");
  return { pending, service };
}

/** Completes a sign-in with what the auth service answered. */
export async function complete(landing: Landing, pending: Pending, service: AuthService): Promise<Granted> {
  if (landing.kind === "refused") throw refusal(landing.error, landing.description);
  if ((landing.kind === "token") !== (service.sign_in_url !== null)) throw problem(words.otherAnswer);
  if (landing.kind === "token") return { bearers: [landing.token], name: nameIn({ access_token: landing.token }), renewal: null };
  const provider = await discover(service.issuer);
  const demandsIss = provider.authorization_response_iss_parameter_supported === true;
  if (landing.iss === null ? demandsIss : landing.iss !== service.issuer) throw problem(words.otherAnswer);
  const client = service.client_id ?? "";
  const tokens = (await postForm(service.issuer, provider.token_endpoint, {
    grant_type: "authorization_code",
    code: landing.code,
    redirect_uri: window.location.origin + callbackOf(service.alias),
    client_id: client,
    code_verifier: pending.verifier,
  })) as Tokens;
  demandAnswer(tokens, { issuer: service.issuer, client, nonce: pending.nonce });
  return granted(tokens, { provider, client, refreshToken: "" });
}

/** Goes on with a sign-in (RFC 6749 §6). */
export async function renewed(old: Renewal): Promise<Granted> {
  const { provider, client, refreshToken } = old;
  const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: client };
  return granted((await postForm(provider.issuer, provider.token_endpoint, form)) as Tokens, old);
}

/** Ends a sign-in at the auth service, where it knows how (RFC 7009). */
export async function revoke(old: Renewal): Promise<void> {
  const { provider, client, refreshToken } = old;
  const endpoint = provider.revocation_endpoint;
  if (endpoint === undefined || new URL(endpoint).origin !== new URL(provider.token_endpoint).origin) return;
  const form = { token: refreshToken, token_type_hint: "refresh_token", client_id: client };
  await postForm(provider.issuer, endpoint, form).catch(() => undefined);
}

/** An auth service that gives no other refresh token goes on with the last one. */
function granted(tokens: Tokens, last: Renewal): Granted {
  const refreshToken = tokens.refresh_token ?? last.refreshToken;
  const renewal = refreshToken === "" ? null : { ...last, refreshToken };
  return { bearers: bearers(tokens, last.provider.issuer), name: nameIn(tokens), renewal };
}
