"""What the day's clients in Python have in common: telling the recorder what comes next."""

import os
import sys
import urllib.request

RECORDER = os.environ["RECORDER"]
ENDPOINTS = {"path": "http://s3.local:9000", "virtual": "https://s3.example.com"}
LARGE = "large.bin"


def step(note, act, *arguments, **options):
    """Does one thing under a note; a failure is reported, and the day goes on."""
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
    """The exit code of the day."""
    sys.exit(1 if failed else 0)
