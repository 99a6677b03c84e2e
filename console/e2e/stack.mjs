// A server of `sail-cargo dev` for one run.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * The first of ports in a row that nobody uses; of `dev`: Cargo, storage, gateway. SeaweedFS listens 10,000 above its ports,
 * too. All are below those that Linux gives to connections, which come at any time (from 32768).
 */
export async function freePorts(many = 3) {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: many }, (_, at) => [first + at, first + at + 10_000]);
    const all = await Promise.all(ports.flat().map(isFree));
    if (all.every(Boolean)) return first;
  }
}

function isFree(port) {
  return new Promise((tell) => {
    const server = net.createServer();
    server.once("error", () => tell(false));
    server.listen(port, "127.0.0.1", () => server.close(() => tell(true)));
  });
}

/** Starts a process, and waits until it serves. */
async function launch(binary, args) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((ready, fail) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
      if (said.includes("It stays up")) ready();
    });
    child.once("exit", (code) => fail(new Error(`sail-cargo dev ended (${code}):\n${said}`)));
  });
  return child;
}

function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise((tell) => child.once("exit", tell));
  child.kill(signal);
  return ended;
}

/** Starts it, and waits until its tour is over. */
export async function start() {
  const binary = process.env.TEST_SAIL_CARGO;
  if (!binary) throw new Error("TEST_SAIL_CARGO names no sail-cargo");
  const home = mkdtempSync(path.join(tmpdir(), "sail-cargo-console-"));
  const port = await freePorts();
  const args = ["dev", "--data-dir", home, "--port", String(port), "--gateway-port", String(port + 2)];
  const child = await launch(binary, args);
  const url = `http://localhost:${port}`;
  const kept = (name) => readFileSync(path.join(home, name), "utf8").trim();
  return {
    url,
    origins: [url, `http://localhost:${port + 2}`],
    rootKey: kept("root.key"),
    operatorKey: `cgop_${kept("operator.secret")}`,
    /** The ids of the demo users, by their names: what grants name. */
    users: Object.fromEntries([...kept("users.env").matchAll(/^export (\w+)=(.+)$/gm)].map(([, name, id]) => [name.toLowerCase(), id])),
    async stop() {
      await end(child, "SIGTERM");
      rmSync(home, { recursive: true, force: true });
    },
  };
}
