import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Form } from "react-aria-components";

import type { components } from "../api/schema";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Logo } from "../ui/Logo";
import { Trouble } from "../ui/Trouble";
import { invitation } from "./invitation";
import { post } from "./ways";

const words = text.invite;

/** The page that the link of an invitation or a reset opens. */
export function Invite() {
  const navigate = useNavigate();
  const token = invitation();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const differs = again !== "" && again !== password;
  const accept = async () => {
    setBusy(true);
    setError(null);
    try {
      const answer = (await post("/auth/invitations", { token, password })) as Accepted;
      await navigate({ to: "/sign-in", search: { name: answer.username }, replace: true });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="card" id="content">
      <title>{text.titleOf(words.title)}</title>
      <h1 className="brand">
        <Logo /> {words.title}
      </h1>
      {error === null ? null : <Trouble error={error} />}
      {token === null ? (
        <div className="notice">{words.noToken}</div>
      ) : (
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            if (password === again) void accept();
          }}
        >
          <p className="soft">{words.intro}</p>
          <Field
            label={words.password}
            hint={words.hint}
            value={password}
            onChange={setPassword}
            type="password"
            name="new-password"
            autoComplete="new-password"
            autoFocus
            isRequired
          />
          <Field
            label={words.again}
            error={differs ? words.differs : null}
            value={again}
            onChange={setAgain}
            type="password"
            name="new-password-again"
            autoComplete="new-password"
            isRequired
          />
          <Button type="submit" look="main" isPending={isBusy}>
            {words.submit}
          </Button>
        </Form>
      )}
    </main>
  );
}

type Accepted = components["schemas"]["InvitationAccepted"];
