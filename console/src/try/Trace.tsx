import { Check, Minus, X } from "lucide-react";

import type { components } from "../api/schema";
import type { Session } from "../session/session";
import { text } from "../text";
import { Phrase, Sentence } from "../ui/Sentence";
import { When } from "../ui/When";
import { withUsernames } from "../users/names";
import type { Answer, Need } from "./ask";
import { actionOf } from "./operations";
import { placeOf } from "./place";
import type { Question } from "./question";

type ParsedRequest = components["schemas"]["ParsedRequest"];

const words = text.try;

/** The answer, and the steps that led to it. */
export function Trace({ question, answer, session }: { question: Question; answer: Answer; session: Session }) {
  const isOfUser = question.user !== "" || session.who.actor === "user";
  return (
    <section aria-label={words.answer} className="trace">
      <Verdict answer={answer} />
      <h2>{words.steps}</h2>
      <ol className="steps">
        <li>
          {answer.parsed === null ? words.asked(question.action) : <Understood parsed={answer.parsed} />}
        </li>
        {answer.needs.map((need, at) => (
          <li key={at}>
            <NeedStep need={need} isShown={actionOf(question.action)?.operation != null} />
          </li>
        ))}
        {answer.needs.length > 0 ? null : <li>{isOfUser ? words.noNeed : words.application}</li>}
      </ol>
    </section>
  );
}

function Verdict({ answer }: { answer: Answer }) {
  const { isAllowed, code, detail, until } = answer;
  // It would be signed for the gateway, which sends it itself.
  const isOnlyByGateway = code === "gateway_only" && answer.needs.every((need) => need.held);
  const isGood = isAllowed || isOnlyByGateway;
  return (
    <div className={isGood ? "verdict good" : "verdict bad"} role="status">
      {isGood ? <Check aria-hidden /> : <X aria-hidden />}
      <div>
        <strong>{isAllowed ? words.allowed : isOnlyByGateway ? words.onlyByGateway : words.refused}</strong>
        {until === null ? null : (
          <span className="soft">
            {" "}
            {words.until} <When at={until} />
          </span>
        )}
        {isAllowed ? null : <code> {code}</code>}
        {detail === "" ? null : <div>
            <Sentence text={detail} />
          </div>}
      </div>
    </div>
  );
}

function Understood({ parsed }: { parsed: ParsedRequest }) {
  const headers = ["host", ...parsed.signed_headers].join(" ");
  return (
    <>
      {words.understood(parsed.operation)}
      <div className="soft">
        <code>{parsed.url}</code>
      </div>
      <div className="soft">
        {words.signedHeaders} <code>{headers}</code>, {words.payload} <code>{parsed.payload}</code>
      </div>
    </>
  );
}

function NeedStep({ need, isShown }: { need: Need; isShown: boolean }) {
  const permission = need.permission == null ? words.any : need.permission;
  return (
    <>
      {words.needs(permission, placeOf(need.bucket, need.scope))}{" "}
      <span className={need.held ? "badge good" : "badge bad"}>{need.held ? words.held : words.notHeld}</span>
      <ul className="sources">
        {need.looked_at.map((source, at) => (
          <li key={at}>
            {source.counts ? (
              <Check role="img" aria-label={words.counts} className="good" />
            ) : (
              <Minus role="img" aria-label={words.countsNot} />
            )}
            <span>
              <span title={source.source}>{withUsernames(source.source)}</span>
              <span className="soft">
                : <Phrase text={source.because} />
              </span>
            </span>
          </li>
        ))}
        {need.looked_at.length > 0 ? null : (
          <li>
            <Minus aria-hidden />
            <span className="soft">{isShown ? words.noSource : words.notShown}</span>
          </li>
        )}
      </ul>
    </>
  );
}
