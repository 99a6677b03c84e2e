"""One object in the storage."""

import re
from dataclasses import dataclass
from email.utils import formatdate

from answer import Answer, xml

# Headers of an upload that are returned with the object.
KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding",
        "content-language", "expires", "x-amz-storage-class", "x-amz-server-side-encryption")


@dataclass
class Stored:
    """An object."""

    body: bytes
    etag: str
    headers: dict
    tags: bytes = b"<TagSet></TagSet>"

    def head(self):
        now = formatdate(usegmt=True)
        return {"etag": f'"{self.etag}"', "last-modified": now, "accept-ranges": "bytes", **self.headers}


def kept(headers):
    """The headers of an upload that are returned with the object."""
    return {name: value for name, value in headers.items()
            if (name in KEPT or name.startswith("x-amz-meta-")) and value != "aws-chunked"}


def tagging(method, stored, body):
    """Gets, puts or deletes the tags of an object."""
    if method == "GET":
        return xml("Tagging", stored.tags.decode())
    found = re.search(rb"<TagSet>.*</TagSet>", body, re.DOTALL)
    stored.tags = found.group() if method == "PUT" and found else b"<TagSet></TagSet>"
    return Answer(200 if method == "PUT" else 204)


def read(stored, headers):
    """An object, or a range of it."""
    answer = Answer(200, stored.head(), stored.body)
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", headers.get("range", ""))
    if wanted:
        size = len(stored.body)
        first = int(wanted[1]) if wanted[1] else max(size - int(wanted[2]), 0)
        last = min(int(wanted[2]), size - 1) if wanted[1] and wanted[2] else size - 1
        answer.status, answer.body = 206, stored.body[first:last + 1]
        answer.headers["content-range"] = f"bytes {first}-{last}/{size}"
    return answer
