import { useQuery } from "@tanstack/react-query";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";

import type { Session } from "../session/session";
import { isRoot } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { saveText } from "../ui/saveText";
import { Trouble } from "../ui/Trouble";
import type { Answer } from "./ask";
import { commandLine, curl, json } from "./copies";
import { actionOf } from "./operations";
import { bucketsOf, heldIn, policyTest } from "./policyTest";
import type { Question } from "./question";

const words = text.try;
const FORMS = ["link", "curl", "line", "json", "test"] as const;
type Form = (typeof FORMS)[number];

interface Props {
  question: Question;
  answer: Answer;
  session: Session;
}

/** The question and its answer in the forms that others, scripts and tests take. None has a secret in it. */
export function TakeAlong({ question, answer, session }: Props) {
  const { origin } = window.location;
  const written = (form: Form): string | null => {
    if (form === "link") return window.location.href;
    if (form === "curl") return curl(answer.exchange, origin, session);
    if (form === "line") return commandLine(answer.exchange, origin);
    return form === "json" ? json(answer.exchange) : null;
  };
  return (
    <section aria-label={words.take} className="take">
      <h2>{words.take}</h2>
      <Tabs>
        <TabList aria-label={words.take} className="tabs">
          {FORMS.map((form) => (
            <Tab key={form} id={form} className="tab">
              {words.forms[form]}
            </Tab>
          ))}
        </TabList>
        {FORMS.map((form) => (
          <TabPanel key={form} id={form} className="panel">
            <p className="hint">{words.formHints[form]}</p>
            {form === "test" ? (
              <PolicyTest question={question} answer={answer} session={session} />
            ) : (
              <Written value={written(form) ?? ""} />
            )}
          </TabPanel>
        ))}
      </Tabs>
    </section>
  );
}

function Written({ value, onSave }: { value: string; onSave?: () => void }) {
  return (
    <>
      <pre tabIndex={0}>{value}</pre>
      <div className="tools">
        <CopyButton value={value} />
        {onSave === undefined ? null : (
          <Button size="small" onPress={onSave}>
            {words.save}
          </Button>
        )}
      </div>
    </>
  );
}

function PolicyTest({ question, answer, session }: Props) {
  const operation = actionOf(question.action)?.operation ?? null;
  const root = question.user === "" && isRoot(session);
  const held = useQuery({
    queryKey: ["held", question, answer.exchange.answered],
    queryFn: () => (operation === null ? [] : heldIn(question, bucketsOf(question, operation))),
    staleTime: 0,
  });
  if (operation === null) return <p>{words.noTest}</p>;
  if (held.isError) return <Trouble error={held.error} onRetry={() => void held.refetch()} />;
  if (!held.isSuccess) return <div className="skeleton" />;
  const line = policyTest(question, answer, held.data, root);
  if (line === null) return <p>{words.noTest}</p>;
  return <Written value={line} onSave={() => saveText("policy-test.jsonl", `${line}\n`, "application/x-ndjson")} />;
}
