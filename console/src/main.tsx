import "./style.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/problem";
import { readConfig } from "./config";
import { router } from "./router";
import { takeInvitation } from "./session/invitation";
import { takeLanding } from "./session/issuer/landing";
import { setFailure } from "./session/failure";
import { followTabs, resume, signInWhereLed } from "./session/ways";
import { session } from "./session/session";
import { Trouble } from "./ui/Trouble";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
    },
  },
});

async function start(root: HTMLElement): Promise<void> {
  takeInvitation();
  takeLanding();
  try {
    await readConfig();
  } catch (error) {
    const again = () => window.location.reload();
    createRoot(root).render(<Trouble error={error} onRetry={again} />);
    return;
  }
  followTabs();
  setFailure(await signInWhereLed());
  if (session() === null) await resume();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

const root = document.getElementById("root");
if (root !== null) void start(root);
