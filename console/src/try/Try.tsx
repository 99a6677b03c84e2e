import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";

import { isTyping } from "../keyboard/chord";
import { maySeeRights } from "../keyboard/pages";
import { useSession } from "../session/session";
import { text } from "../text";
import { Denied } from "../ui/Denied";
import { Trouble } from "../ui/Trouble";
import { ask } from "./ask";
import { Missing } from "./Missing";
import { EMPTY, questionOf, searchOf, type Draft } from "./question";
import { QuestionForm } from "./QuestionForm";
import { TakeAlong } from "./TakeAlong";
import { Trace } from "./Trace";

const words = text.try;

/** May somebody do something, and why? The address holds the question. */
export function Try() {
  const search = useSearch({ from: "/inside/try", select: searchOf, structuralSharing: true });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const shown = useRef<HTMLDivElement>(null);
  const session = useSession();
  const draft: Draft = useMemo(() => ({ ...EMPTY, ...search }), [search]);
  const read = useMemo(() => (draft.action === "" ? null : questionOf(draft)), [draft]);
  const question = read !== null && "question" in read ? read.question : null;
  const queryKey = ["try", question, session?.who.id];
  const answer = useQuery({
    queryKey,
    queryFn: () => (question === null ? null : ask(question)),
    enabled: question !== null,
    staleTime: 0,
  });
  const put = (next: Draft) => {
    const same = JSON.stringify(searchOf(next)) === JSON.stringify(searchOf({ ...search }));
    if (same) void answer.refetch();
    else void navigate({ to: "/try", search: searchOf(next) });
  };
  if (session === null || !maySeeRights(session)) return <Denied />;
  return (
    <>
      <title>{text.titleOf(words.title)}</title>
      <h1>{words.title}</h1>
      <p className="soft">{words.intro}</p>
      <QuestionForm session={session} draft={draft} isPending={answer.isFetching} onAsk={put} />
      {answer.isError ? <Trouble error={answer.error} onRetry={() => void answer.refetch()} /> : null}
      {question !== null && answer.isPending && answer.isFetching ? <Skeleton /> : null}
      {question === null || answer.data == null ? null : (
        <div className="answer" ref={shown} tabIndex={-1} aria-busy={answer.isFetching}>
          <div className="column">
            <Trace question={question} answer={answer.data} session={session} />
            {answer.data.isAllowed ? null : (
              <Missing
                question={question}
                answer={answer.data}
                session={session}
                onGranted={() => {
                  void queries.invalidateQueries({ queryKey: ["permissions"] });
                  // The button that asked for it is gone with what was missing. Whoever types meanwhile goes on typing.
                  void answer.refetch().then(() => {
                    if (!isTyping(document.activeElement)) shown.current?.focus();
                  });
                }}
              />
            )}
          </div>
          <TakeAlong question={question} answer={answer.data} session={session} />
        </div>
      )}
    </>
  );
}

function Skeleton() {
  return (
    <div className="answer" role="status" aria-label={text.loading}>
      <div className="column">
        <div className="skeleton tall" />
        <div className="skeleton" />
        <div className="skeleton" />
      </div>
    </div>
  );
}
