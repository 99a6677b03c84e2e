import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useQueryClient } from "@tanstack/react-query";

import { until, utc } from "./files/format";
import { showArrived } from "./files/listings";
import { isBusy, onArrival, stopAll, takeUp } from "./files/uploads";
import { Uploads } from "./files/Uploads";
import { now } from "./session/clock";
import { Keyboard } from "./keyboard/Keyboard";
import { pagesOf } from "./keyboard/pages";
import { useEndNotice, useSession, type Session } from "./session/session";
import { signOut } from "./session/ways";
import { idOfWho, nameOfWho } from "./session/who";
import { text } from "./text";
import { Button } from "./ui/Button";
import { Logo } from "./ui/Logo";
import { forgetNames } from "./users/names";

/** What is around every page: who am I, where, until when. */
export function Frame() {
  const session = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const location = useLocation();
  const isLeaving = useRef(false);
  const isGone = useRef(false);
  const href = location.href;
  useEffect(() => {
    if (session !== null || isGone.current) return;
    isGone.current = true;
    queries.clear();
    forgetNames();
    // Whoever left by themselves starts anew; whose session ended goes on where they were.
    const search = isLeaving.current ? {} : { to: href, ended: true };
    void navigate({ to: "/sign-in", search, replace: true });
  }, [session, href, navigate, queries]);
  useEffect(() => {
    if (session === null) stopAll();
    else void takeUp(idOfWho(session));
  }, [session]);
  useEffect(() => onArrival((upload) => showArrived(queries, upload)), [queries]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (isBusy()) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  const pages = useMemo(() => (session === null ? [] : pagesOf(session)), [session]);
  if (session === null) return null;
  const leave = () => {
    isLeaving.current = true;
    void signOut();
  };
  return (
    <div className="frame">
      <a className="skip" href="#content" onClick={skip}>
        {text.skip}
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          <Logo /> {text.product}
        </Link>
        <nav aria-label={text.nav.label}>
          {pages.map((page) => (
            <Link key={page.to} to={page.to} activeOptions={EXACT} {...partly(page.to, location.pathname)}>
              {page.label}
            </Link>
          ))}
        </nav>
        <Who session={session} onLeave={leave} />
      </header>
      <main id="content" tabIndex={-1}>
        <EndNotice session={session} onLeave={leave} />
        <Outlet />
      </main>
      <Uploads />
      <Keyboard path={location.pathname} pages={pages} />
    </div>
  );
}

const EXACT = { exact: true, includeSearch: false };

/** The files are pages of the buckets. */
function partly(page: string, path: string): { "aria-current"?: "true" } {
  return page === "/" && path.startsWith("/b/") ? { "aria-current": "true" } : {};
}

function skip(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Who({ session, onLeave }: { session: Session; onLeave: () => void }) {
  const { who, ends } = session;
  return (
    <div className="who">
      <div className="me">
        <div>
          <b>{nameOfWho(session)}</b>
          {who.project == null ? null : <span className="soft"> · {who.project}</span>}
        </div>
        <div className="when" title={ends === null ? undefined : utc(ends)}>
          {ends === null ? text.who.noEnd : text.who.until(until(ends, now()))}
        </div>
      </div>
      <Button size="small" onPress={onLeave}>
        {text.who.signOut}
      </Button>
    </div>
  );
}

function EndNotice({ session, onLeave }: { session: Session; onLeave: () => void }) {
  const isNoticed = useEndNotice();
  if (!isNoticed || session.ends === null) return null;
  return (
    <div className="notice" role="status">
      <div className="words" title={utc(session.ends)}>
        {text.who.endsSoon(until(session.ends, now()))}
      </div>
      <Button onPress={onLeave}>{text.who.again}</Button>
    </div>
  );
}
