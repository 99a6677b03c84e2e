import { text } from "../text";
import type { components } from "./schema";

type Wire = components["schemas"]["Problem"];

const words = text.problems;

/** Why something was not done, in words for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly requestId: string | null;

  constructor(status: number, code: string, title: string, detail: string, requestId: string | null) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.title = title;
    this.requestId = requestId;
  }

  /** What the API answered. */
  static of(status: number, body: unknown): Problem {
    const wire = (typeof body === "object" && body !== null ? body : {}) as Partial<Wire>;
    return new Problem(
      status,
      wire.code ?? "unreadable",
      wire.title ?? words.notDone,
      wire.detail ?? words.answered(words.theServer, status),
      wire.request_id ?? null,
    );
  }

  /** What the gateway answered: S3's XML, and a header `403 no_permission` where Cargo refused it. */
  static ofS3(status: number, xml: string, requestId: string | null, refusal: string | null = null): Problem {
    const word = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
    const code = refusal?.split(" ")[1] ?? word("Code") ?? (status === 403 ? "AccessDenied" : "unreadable");
    const detail = unescaped(word("Message") ?? words.answered(words.theGateway, status));
    return new Problem(status, code, title(status), detail, word("RequestId") ?? requestId);
  }

  /** What could not even be begun: a part of the pages did not load. */
  static notBegun(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const detail = error instanceof Error ? error.message : String(error);
    return new Problem(0, "not_begun", words.notBegun, detail, null);
  }

  /** An answer that the browser keeps from this page. */
  static notLetIn(gateway: string, origin: string): Problem {
    return new Problem(0, "origin_not_allowed", words.notLetIn, words.origin(gateway, origin), null);
  }

  /** An answer that did not come. */
  static unreachable(what: string): Problem {
    return new Problem(0, "unreachable", words.noAnswer, words.unreachable(what), null);
  }
}

function title(status: number): string {
  if (status === 403) return words.notAllowed;
  if (status === 404) return words.notFound;
  if (status === 503) return words.later;
  return words.notDone;
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
