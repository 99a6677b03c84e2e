import type { components } from "../api/schema";
import { escape, escapePath } from "../files/names";
import type { Operation } from "./operations";
import type { Question } from "./question";

type Endpoint = components["schemas"]["Endpoint"];
export type SignRequest = components["schemas"]["SignRequest"];

/** A hash of some body: a question has none, and the decision depends on whether there is one. */
const SOME_BODY = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
/** What stands for a file anywhere in a bucket. */
const ANY_FILE = "any-file";

/** The S3 request of a question, as a storage would get it. */
export function requestOf(question: Question, operation: Operation, endpoint: Endpoint): SignRequest {
  const headers = [...question.headers];
  if (operation.source !== null && question.source !== "") {
    headers.push([operation.source, escapePath(question.source)]);
  }
  const payload = operation.body === "document" ? SOME_BODY : "UNSIGNED-PAYLOAD";
  return { method: operation.method, url: urlOf(question, operation, endpoint), headers, payload };
}

/** The request that shows how a permission is come by. Of a whole bucket it is about a file that stands for any. */
export function standIn(question: Question, operation: Operation, endpoint: Endpoint): SignRequest {
  const key = operation.on === "object" && question.key === "" ? ANY_FILE : question.key;
  return requestOf({ ...question, key }, operation, endpoint);
}

function urlOf(question: Question, operation: Operation, endpoint: Endpoint): string {
  const { bucket, key } = question;
  const isInHost = endpoint.style === "virtual_hosted" && operation.on !== "account";
  const host = isInHost ? endpoint.url.replace("://", `://${bucket}.`) : endpoint.url;
  const place = operation.on === "account" || isInHost ? "" : `/${escape(bucket)}`;
  const file = operation.on === "object" ? `/${escapePath(key)}` : operation.on === "bucket" && place !== "" ? "" : "/";
  const query = [operation.query, isListing(operation) && key !== "" ? `prefix=${escape(key)}` : ""].filter(Boolean);
  return host + place + file + (query.length === 0 ? "" : `?${query.join("&")}`);
}

/** Whether the key of a question is the prefix of a listing. */
export function isListing(operation: Operation): boolean {
  return operation.on === "bucket" && operation.name.startsWith("List");
}
