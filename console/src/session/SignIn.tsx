import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Form } from "react-aria-components";
import { useQuery } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { Problem } from "../api/problem";
import { config, type AuthService } from "../config";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Logo } from "../ui/Logo";
import { Trouble } from "../ui/Trouble";
import { lastFailure, setFailure } from "./failure";
import { leaveFor, signInServices, titleOf } from "./issuer/client";
import { readSignInSearch } from "./search";
import { signInAsDemo, signInWithAccount, signInWithPasted } from "./ways";

const words = text.signIn;
/** How long the server may take to say how one signs in, in milliseconds. Then what is possible is shown without that. */
const PATIENCE = 5000;

/** The page on which one signs in, in every way that the server takes. */
export function SignIn() {
  const { to, ended, name } = useSearch({ from: "/sign-in", select: readSignInSearch, structuralSharing: true });
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(lastFailure);
  const [busy, setBusy] = useState<string | null>(null);
  const [isPasting, setPasting] = useState(false);
  const methods = useQuery({
    queryKey: ["methods"],
    queryFn: askMethods,
    networkMode: "always",
  });
  const said = methods.data?.said;
  const go = async (what: string, signIn: () => Promise<void>) => {
    setBusy(what);
    setError(null);
    setFailure(null);
    try {
      await signIn();
      await navigate({ to: to ?? "/", replace: true });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(null);
    }
  };
  const services = signInServices();
  const leave = async (service: AuthService) => {
    setBusy(`issuer:${service.alias}`);
    setError(null);
    setFailure(null);
    try {
      // The page is left: the button stays busy.
      await leaveFor(service, to ?? "/");
    } catch (problem) {
      setError(problem);
      setBusy(null);
    }
  };
  // While the server does not say, there may be accounts.
  const hasAccounts = said?.embedded ?? true;
  const hasOthers = hasAccounts || services.length > 0;
  const isShort = isPasting || !hasOthers;
  const demo = config().demo;
  // Once a button is there, it stays where it is: nobody presses what moves away under the pointer.
  if (methods.data === undefined) return <Waiting />;
  return (
    <main className="card" id="content">
      <title>{words.title}</title>
      <h1 className="brand">
        <Logo /> {words.title}
      </h1>
      {ended ? <div className="notice">{words.ended}</div> : null}
      {name === undefined ? null : <div className="notice">{words.passwordSet(name)}</div>}
      {error === null ? null : <Trouble error={error} />}
      {said === null ? <Trouble error={methods.data.error} onRetry={() => void methods.refetch()} /> : null}
      {isShort ? (
        <Pasted isBusy={busy === "pasted"} go={(key) => void go("pasted", () => signInWithPasted(key))} />
      ) : !hasAccounts ? null : (
        <Account
          name={name ?? ""}
          needsProject={said?.project_required ?? false}
          needsNew={error instanceof Problem && error.code === "password_change_required"}
          isBusy={busy === "account"}
          go={(login) => void go("account", () => signInWithAccount(login))}
        />
      )}
      {services.length === 0 ? null : (
        <section className="ways" aria-label={text.issuers.section}>
          {services.map((service) => (
            <Button key={service.alias} isPending={busy === `issuer:${service.alias}`} onPress={() => void leave(service)}>
              {text.issuers.with(titleOf(service))}
            </Button>
          ))}
        </section>
      )}
      {hasOthers ? (
        <Button look="bare" onPress={() => setPasting(!isPasting)}>
          {!isPasting ? words.more : hasAccounts ? words.less : words.back}
        </Button>
      ) : null}
      {demo === null ? null : (
        <section className="demo" aria-label={words.demo}>
          <span className="soft">{words.demo}</span>
          <div>
            {demo.users.map((user) => (
              <Button
                key={user}
                label={words.asDemo(user)}
                isPending={busy === user}
                onPress={() => void go(user, () => signInAsDemo(user))}
              >
                {user}
              </Button>
            ))}
          </div>
        </section>
      )}
    </main>
  );
}

/**
 * How one signs in, as the server says, or why it does not. Not hearing of it is no failure of the question: whoever types
 * meanwhile goes on typing while it is asked again.
 */
async function askMethods() {
  try {
    return { said: data(await api.GET("/auth/methods", { signal: AbortSignal.timeout(PATIENCE) })), error: null };
  } catch (error) {
    return { said: null, error };
  }
}

/** The page before the server says how one signs in. */
function Waiting() {
  return (
    <main className="card" id="content" aria-busy>
      <title>{words.title}</title>
      <h1 className="brand">
        <Logo /> {words.title}
      </h1>
    </main>
  );
}

type Login = Parameters<typeof signInWithAccount>[0];

function Account(props: {
  name: string;
  needsProject: boolean;
  needsNew: boolean;
  isBusy: boolean;
  go: (login: Login) => void;
}) {
  const [login, setLogin] = useState({ name: props.name, password: "", newPassword: "", project: "" });
  const set = (part: keyof Login) => (value: string) => setLogin({ ...login, [part]: value });
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        props.go(login);
      }}
    >
      <Field
        label={words.name}
        value={login.name}
        onChange={set("name")}
        name="username"
        autoComplete="username"
        autoFocus
        isRequired
      />
      <Field
        label={words.password}
        value={login.password}
        onChange={set("password")}
        type="password"
        name="password"
        autoComplete="current-password"
        isRequired
      />
      {props.needsNew ? (
        <Field
          label={words.newPassword}
          hint={words.newPasswordHint}
          value={login.newPassword}
          onChange={set("newPassword")}
          type="password"
          name="new-password"
          autoComplete="new-password"
          isRequired
        />
      ) : null}
      {props.needsProject ? (
        <Field label={words.project} value={login.project} onChange={set("project")} name="project" isRequired />
      ) : null}
      <Button type="submit" look="main" isPending={props.isBusy}>
        {words.submit}
      </Button>
    </Form>
  );
}

function Pasted({ isBusy, go }: { isBusy: boolean; go: (key: string) => void }) {
  const [key, setKey] = useState("");
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        go(key);
      }}
    >
      <Field
        label={words.pasted}
        hint={words.pastedHint}
        value={key}
        onChange={setKey}
        type="password"
        name="key"
        autoFocus
        isRequired
      />
      <Button type="submit" look="main" isPending={isBusy}>
        {words.submit}
      </Button>
    </Form>
  );
}
