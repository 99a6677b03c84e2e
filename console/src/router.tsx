import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";

import { readAccessSearch } from "./access/search";
import { parseSearch, stringifySearch } from "./address";
import { searchOf as searchOfAudit } from "./audit/filters";
import { Buckets } from "./buckets/Buckets";
import { Frame } from "./Frame";
import { NotFound } from "./NotFound";
import { Invite } from "./session/Invite";
import { readSignInSearch } from "./session/search";
import { session } from "./session/session";
import { SignIn } from "./session/SignIn";
import { searchOf as searchOfTry } from "./try/question";
import { Trouble } from "./ui/Trouble";

// What reads an address here types the links. What it leaves out comes back from the address as it stands, so each page
// reads its own once more.
const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignIn,
  validateSearch: readSignInSearch,
});

const invite = createRoute({ getParentRoute: () => root, path: "/invite", component: Invite });

/** The pages for those who signed in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Frame,
  beforeLoad: ({ location }) => {
    if (session() !== null) return;
    const search = location.href === "/" ? {} : { to: location.href };
    throw redirect({ to: "/sign-in", search });
  },
});

const buckets = createRoute({ getParentRoute: () => inside, path: "/", component: Buckets });

const files = createRoute({
  getParentRoute: () => inside,
  path: "/b/$bucket/$",
  component: lazyRouteComponent(() => import("./files/Files"), "Files"),
});

const access = createRoute({
  getParentRoute: () => inside,
  path: "/access",
  component: lazyRouteComponent(() => import("./access/Access"), "Access"),
  validateSearch: readAccessSearch,
});

const tries = createRoute({
  getParentRoute: () => inside,
  path: "/try",
  component: lazyRouteComponent(() => import("./try/Try"), "Try"),
  validateSearch: searchOfTry,
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: "/audit",
  component: lazyRouteComponent(() => import("./audit/Audit"), "Audit"),
  validateSearch: searchOfAudit,
});

const routeTree = root.addChildren([signIn, invite, inside.addChildren([buckets, files, access, tries, audit])]);

export const router = createRouter({
  routeTree,
  basepath: "/console",
  trailingSlash: "preserve",
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  defaultErrorComponent: ({ error, reset }) => <Trouble error={error} onRetry={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
