import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components";

import { useSession } from "../session/session";
import { nameOfWho } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { moment, utc } from "./format";
import { share, type Link } from "./share";
import type { Row } from "./rows";

const words = text.share;
const LIVES = [900, 3600, 8 * 3600, 12 * 3600] as const;

/** Makes a link to an object for people who have no account, and says what ends it. */
export function Share({ bucket, row, onClose }: { bucket: string; row: Row; onClose: () => void }) {
  const session = useSession();
  const [lives, setLives] = useState<number>(3600);
  const [link, setLink] = useState<Link | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      setLink(await share(bucket, row.key, lives));
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const take = async (url: string) => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      setError(new Error(words.notCopied));
    }
  };
  const who = session === null ? "" : nameOfWho(session);
  return (
    <Dialog title={words.title(row.name)} onClose={onClose} isBusy={isBusy}>
      {error === null ? null : <Trouble error={error} />}
      {link === null ? (
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            void make();
          }}
        >
          <fieldset className="radios">
            <legend>{words.lives}</legend>
            {LIVES.map((one) => (
              <label key={one}>
                <input type="radio" name="lives" checked={lives === one} onChange={() => setLives(one)} /> {words.hours(one)}
              </label>
            ))}
          </fieldset>
          <Terms who={who} />
          <div className="ends">
            <Button onPress={onClose} isDisabled={isBusy}>
              {text.cancel}
            </Button>
            <Button type="submit" look="main" isPending={isBusy}>
              {words.make}
            </Button>
          </div>
        </Form>
      ) : (
        <>
          <Field label={words.link} value={link.url} onChange={() => undefined} isReadOnly />
          <p title={utc(link.ends)}>{words.made(who, moment(link.ends))}</p>
          <Terms who={who} />
          <div className="ends">
            <Button onPress={onClose}>{text.close}</Button>
            <Button look="main" onPress={() => void take(link.url)}>
              {isCopied ? <Check aria-hidden /> : <Copy aria-hidden />} {isCopied ? words.copied : words.copy}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Terms({ who }: { who: string }) {
  return (
    <>
      <p className="soft">{words.anybody}</p>
      <div className="soft">
        {words.endsWith}
        <ul>
          {words.endings(who).map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      </div>
    </>
  );
}
