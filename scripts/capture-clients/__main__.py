"""Records the requests that S3 clients send in common use, as fixtures for Cargo's judge.

    python3 scripts/capture-clients [--work DIRECTORY] [--out DIRECTORY] [CLIENT…]

Installs each client (from PyPI and npm) below the work directory, lets it live a day against a
storage in memory, and writes OUT/CLIENT.jsonl, one line for each kind of request:

    {client, version, id, method, url, headers, payload, note, expect?}

`url` and `headers` are as on the wire, without what the signature itself put there; `note` is
what the client was asked to do; `expect` is the code with which a user who may do everything in
the bucket must be refused. Endpoints: http://s3.local:9000 in path style, https://s3.example.com
in virtual-hosted style.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import commands  # noqa: E402
import fixture  # noqa: E402
import sample  # noqa: E402
import tools  # noqa: E402
from recorder import Recorder  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "server/tests/data/clients"


def main():
    parser = argparse.ArgumentParser(prog="capture-clients", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, help="keeps the clients for the next time")
    parser.add_argument("--out", type=pathlib.Path, default=FIXTURES)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(tools.ALL))
    arguments = parser.parse_args()
    tools.require()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        work = (arguments.work or scratch / "clients").absolute()
        work.mkdir(parents=True, exist_ok=True)
        both, public = tools.make_certificate(scratch)
        recorder = Recorder(both)
        arguments.out.mkdir(parents=True, exist_ok=True)
        for client in arguments.clients or tools.ALL:
            programs = tools.install(client, work)
            recorder.begin()
            live(client, programs, recorder, scratch, public)
            lines = fixture.write(arguments.out / f"{client}.jsonl", client, tools.version(client),
                                  recorder.requests)
            print(f"{client} {tools.version(client)}: {len(recorder.requests)} requests, {lines} kinds")
        recorder.stop()


def live(client, programs, recorder, scratch, certificate):
    """The recording of one client."""
    files = scratch / f"{client}-files"
    sample.make(files)
    environment = clean_environment(files, recorder.url, certificate)
    if client in commands.DAYS:
        for note, command, extra in commands.DAYS[client](recorder.url, certificate, files):
            recorder.note = note
            run([programs / command[0], *command[1:]], environment | extra, files)
        return
    driver = HERE / "drivers" / (client + ("-day.mjs" if client in tools.NODE else "-day.py"))
    if client in tools.NODE:
        # Node looks for packages beside the importing file.
        copy = programs / driver.name
        copy.write_text(driver.read_text())
        run(["node", copy], environment, files)
    else:
        run([programs / "python", driver], environment, files)


def clean_environment(home, proxy, certificate):
    """The environment without the user's profiles, proxies and credentials."""
    certificate, configuration = str(certificate), str(home / "aws-config")
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
        "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1",
        "RECORDER": proxy, "NO_PROXY": "127.0.0.1",
        "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "http_proxy": proxy, "https_proxy": proxy,
        "AWS_CA_BUNDLE": certificate, "SSL_CERT_FILE": certificate,
        "NODE_EXTRA_CA_CERTS": certificate, "AWS_CONFIG_FILE": configuration,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(command, environment, directory):
    """Runs a step. A failure is reported, and the recording goes on."""
    with (directory / "small.txt").open("rb") as typed:
        done = subprocess.run(command, env=environment, cwd=directory, stdin=typed, capture_output=True,
                              timeout=180)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()[-600:]
        print(f"  exit {done.returncode}: {' '.join(map(str, command[1:]))}\n    {said}", file=sys.stderr)


if __name__ == "__main__":
    main()
