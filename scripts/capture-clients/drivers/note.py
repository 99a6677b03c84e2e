"""Shared by the Python drivers: tells the recorder the note of the next requests."""

import os
import sys
import urllib.request

RECORDER = os.environ["RECORDER"]
ENDPOINTS = {"path": "http://s3.local:9000", "virtual": "https://s3.example.com"}
LARGE = "large.bin"


def step(note, act, *arguments, **options):
    """Runs one step under a note. A failure is reported, and the recording goes on."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    direct.open(urllib.request.Request(f"{RECORDER}/-/note", note.encode(), method="PUT")).close()
    try:
        return act(*arguments, **options)
    except Exception as error:
        print(f"{note}: {error!r}", file=sys.stderr)
        failed.append(note)
        return None


failed = []


def finish():
    """The exit code of the recording."""
    sys.exit(1 if failed else 0)
