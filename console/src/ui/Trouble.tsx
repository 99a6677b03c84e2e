import { Problem } from "../api/problem";
import { text } from "../text";
import { Button } from "./Button";
import { Sentence } from "./Sentence";

/** Says what went wrong, and how to find it in the server's log. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof Problem ? error : null;
  const detail = error instanceof Error ? error.message : String(error);
  return (
    <div className="notice bad" role="alert">
      <div className="words">
        <strong>{problem?.title ?? text.errorBoundary}</strong>
        <div>
          <Sentence text={detail} />
        </div>
        {problem?.requestId == null ? null : (
          <div className="id">
            {text.requestId} {problem.requestId}
          </div>
        )}
      </div>
      {onRetry === undefined ? null : <Button onPress={onRetry}>{text.retry}</Button>}
    </div>
  );
}
