import type { Session } from "../session/session";
import type { Exchange } from "./ask";
import { quoted } from "./shell";

/** Who asks, as a script says it: by a variable, so that no secret stands in the text. */
function credentials(session: Session): string {
  return session.who.actor === "user"
    ? '"authorization: Bearer $SAIL_CARGO_TOKEN"'
    : '"x-api-key: $SAIL_CARGO_API_KEY"';
}

/** The question as a call of curl. */
export function curl({ route, asked }: Exchange, origin: string, session: Session): string {
  const words = ["curl -sS", quoted(origin + route), "-H", credentials(session)];
  return [...words, "-H 'content-type: application/json'", "-d", quoted(JSON.stringify(asked))].join(" ");
}

/** The question as a command line. */
export function commandLine(exchange: Exchange, origin: string): string {
  const { asked } = exchange;
  const groups = (asked.groups ?? []).map((group) => `--token-group=${quoted(group)}`);
  const server = `--url=${quoted(origin)}`;
  if (exchange.route === "/v1/check") {
    const { user, action, bucket, key, prefix } = exchange.asked;
    const rest = key ?? prefix ?? "";
    const place = quoted(rest === "" ? bucket : `${bucket}/${rest}`);
    const below = key == null && rest !== "" ? ["--below"] : [];
    const who = user == null ? "-" : quoted(user);
    return ["sail-cargo check", ...groups, ...below, server, "--", who, action, place].join(" ");
  }
  const { request, user } = exchange.asked;
  const headers = (request.headers ?? []).map(([name, value]) => `-H ${quoted(`${name ?? ""}: ${value ?? ""}`)}`);
  const payload = request.payload === "UNSIGNED-PAYLOAD" ? [] : [`--payload=${request.payload ?? ""}`];
  const whom = user == null ? [] : [`--user=${quoted(user)}`];
  const words = [request.method, quoted(request.url), ...whom, ...groups, ...headers, ...payload, server];
  return ["sail-cargo explain", ...words].join(" ");
}

/** Question and answer as programs read them. */
export function json({ route, asked, answered }: Exchange): string {
  return JSON.stringify({ route, request: asked, response: answered }, null, 2);
}
