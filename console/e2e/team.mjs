// A team: a server as people run it, with accounts and a SeaweedFS behind it.
import { execFile, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

import { freePorts } from "./stack.mjs";

const run = promisify(execFile);
const [ACCESS_KEY_ID, SECRET] = ["TEAMACCESSKEY", "team-secret-access-key"];

/** Starts it, and waits until both answer. Its project is `team`, its bucket `team-homes`. */
export async function startTeam() {
  const binary = process.env.TEST_SAIL_CARGO;
  const weed = process.env.TEST_SEAWEEDFS;
  if (!binary || !weed) throw new Error("TEST_SAIL_CARGO or TEST_SEAWEEDFS names no program");
  const home = mkdtempSync(path.join(tmpdir(), "sail-cargo-team-"));
  const [cargo, gateway, master, volume, filer, s3] = portsFrom(await freePorts(6), 6);
  const url = `http://localhost:${cargo}`;
  const secrets = { SAIL_CARGO_MASTER_KEY_FILE: "master.key", SAIL_CARGO_OPERATOR_KEY_FILE: "operator.key" };
  const env = { ...process.env, ...secrets, SAIL_CARGO_DATABASE_URL: "sqlite:cargo.db" };
  const sailCargo = async (args, env) => {
    const { stdout } = await run(binary, args, { cwd: home, env });
    return stdout.trim();
  };
  for (const kind of ["master", "operator"]) writeFileSync(path.join(home, `${kind}.key`), await sailCargo(["keys", kind], process.env));
  await sailCargo(["migrate"], env);

  const children = {};
  const start = (name, program, args) => {
    const child = spawn(program, args, { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const out of [child.stdout, child.stderr]) out.pipe(createWriteStream(path.join(home, `${name}.log`), { flags: "a" }));
    children[name] = child;
  };
  const end = async (name, signal = "SIGTERM") => {
    const child = children[name];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((tell) => child.once("exit", tell));
    child.kill(signal);
    await ended;
  };
  const storage = `http://127.0.0.1:${s3}`;
  const startStorage = async () => {
    // A master that was killed waits for others of its kind that long: here are none.
    start("storage", weed, [
      ...["server", "-dir=data", "-s3", "-s3.config=identities.json", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"],
      ...[`-master.port=${master}`, `-volume.port=${volume}`, `-filer.port=${filer}`, `-s3.port=${s3}`],
      ...["-master.telemetry=false", "-s3.port.lance=0", "-s3.port.iceberg=0", "-s3.autoCreateBucket=false"],
      ...["-master.electionTimeout=2s", "-volume.max=100"],
    ]);
    await answers(storage);
  };
  const startServer = async () => {
    start("server", binary, [
      ...["serve", "--listen", `127.0.0.1:${cargo}`, "--accounts", "--public-url", url],
      ...["--gateway", `127.0.0.1:${gateway}`, "--gateway-url", `http://localhost:${gateway}`],
      ...["--gateway-host", "localhost", "--upstream-connect-seconds", "2"],
    ]);
    await answers(`${url}/health/ready`);
  };
  const stop = async () => {
    await Promise.all([end("server"), end("storage", "SIGKILL")]);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    mkdirSync(path.join(home, "data"));
    const credentials = [{ accessKey: ACCESS_KEY_ID, secretKey: SECRET }];
    const actions = ["Admin", "Read", "Write", "List", "Tagging"];
    const identities = { identities: [{ name: "cargo", credentials, actions }] };
    writeFileSync(path.join(home, "identities.json"), JSON.stringify(identities));
    await Promise.all([startStorage(), startServer()]);
    const operator = { ...process.env, SAIL_CARGO_URL: url, SAIL_CARGO_API_KEY_FILE: "operator.key" };
    const key = ["--endpoint", storage, "--access-key-id", ACCESS_KEY_ID, "--access", "gateway", "--accept-unsafe-storage"];
    await sailCargo(["stores", "put", "main", ...key], { ...operator, SAIL_CARGO_STORE_SECRET: SECRET });
    await sailCargo(["projects", "create", "team", "--store", "main", "--template", "team"], operator);
    return {
      url,
      origins: [url, `http://localhost:${gateway}`],
      /** The same pages by another name, which nobody configured. */
      otherUrl: `http://127.0.0.1:${cargo}`,
      /** Runs a command as the operator, in the project. */
      operate: (...args) => sailCargo(args, { ...operator, SAIL_CARGO_PROJECT: "team" }),
      stopStorage: () => end("storage", "SIGKILL"),
      startStorage,
      /** Ends the server as a power cut does. */
      killServer: () => end("server", "SIGKILL"),
      startServer,
      stop,
    };
  } catch (error) {
    for (const name of ["server", "storage"]) {
      const log = path.join(home, `${name}.log`);
      process.stderr.write(`${name}:\n${tailOf(log)}\n`);
    }
    await stop();
    throw error;
  }
}

const portsFrom = (first, many) => Array.from({ length: many }, (_, at) => first + at);

function tailOf(log) {
  try {
    return readFileSync(log, "utf8").split("\n").slice(-15).join("\n");
  } catch {
    return "no log";
  }
}

/** Waits until somebody answers at an URL. */
async function answers(url) {
  const until = Date.now() + 90_000;
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    if (answer !== null && answer.status !== 503) return;
    if (Date.now() > until) throw new Error(`nobody answers at ${url}`);
    await setTimeout(50);
  }
}
