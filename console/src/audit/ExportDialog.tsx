import { useEffect, useRef, useState, type ReactNode } from "react";
import { Form } from "react-aria-components";

import { text } from "../text";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Dialog } from "../ui/Dialog";
import { saveBlob } from "../ui/saveText";
import { Trouble } from "../ui/Trouble";
import { When } from "../ui/When";
import { exportEvents, type Format } from "./export";
import type { Search } from "./filters";

const words = text.audit;

type State = { is: "idle" } | { is: "running"; count: number } | { is: "done"; count: number };

/** Exports the events of the filters. It can be cancelled while it runs. */
export function ExportDialog({ search, onClose }: { search: Search; onClose: () => void }) {
  const [format, setFormat] = useState<Format>("csv");
  const [state, setState] = useState<State>({ is: "idle" });
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const filters = factsOf(search);
  const run = async () => {
    const ending = new AbortController();
    running.current = ending;
    setError(null);
    setState({ is: "running", count: 0 });
    let count = 0;
    try {
      const file = await exportEvents(search, format, ending.signal, (now) => {
        count = now;
        setState({ is: "running", count: now });
      });
      saveBlob(`audit-${new Date().toISOString().slice(0, 10)}.${format}`, file);
      setState({ is: "done", count });
    } catch (problem) {
      setState({ is: "idle" });
      if (!ending.signal.aborted) setError(problem);
    }
  };
  const isRunning = state.is === "running";
  return (
    <Dialog title={words.exportTitle} onClose={onClose}>
      {error === null ? null : <Trouble error={error} onRetry={() => void run()} />}
      {filters.length === 0 ? (
        <p>{words.exportAll}</p>
      ) : (
        <>
          <p>{words.exportSome}</p>
          <dl className="facts">
            {filters.map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRunning) void run();
        }}
      >
        <Choice
          label={words.format}
          value={format}
          options={[
            { id: "csv", label: words.formats.csv },
            { id: "ndjson", label: words.formats.ndjson },
          ]}
          onChange={setFormat}
        />
        <p className="soft" role="status">
          {state.is === "running" ? words.exporting(state.count) : null}
          {state.is === "done" ? words.exported(state.count) : null}
        </p>
        <div className="ends">
          {isRunning ? (
            <Button onPress={() => running.current?.abort()}>{text.cancel}</Button>
          ) : (
            <Button onPress={onClose}>{text.close}</Button>
          )}
          <Button type="submit" look="main" isPending={isRunning}>
            {words.exportNow}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** The filters in words. */
function factsOf({ actor, action, outcome, bucket, since, until, request, key }: Search): [string, ReactNode][] {
  const when = (at: string | undefined) => (at === undefined ? undefined : <When at={new Date(at)} />);
  const all: [string, ReactNode][] = [
    [words.actor, actor],
    [words.action, action],
    [words.outcome, outcome === undefined ? undefined : words.outcomes[outcome]],
    [words.bucket, bucket],
    [words.since, when(since)],
    [words.until, when(until)],
    [words.request, request],
    [words.keyBegins, key],
  ];
  return all.filter(([, value]) => value !== undefined);
}
