"""Answers to clients."""

import datetime
from dataclasses import dataclass, field

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Answer:
    """An HTTP answer."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""


OWNER = "<Owner><ID>owner</ID><DisplayName>owner</DisplayName></Owner>"


def timestamp():
    """The current time in the format of listings."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def xml(root, content, status=200):
    """An answer of one XML document."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{XMLNS}">{content}</{root}>'
    return Answer(status, {"content-type": "application/xml"}, text.encode())


ACL = xml("AccessControlPolicy", OWNER + (
    '<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:type="CanonicalUser"><ID>owner</ID><DisplayName>owner</DisplayName></Grantee>'
    "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"))


def missing(code, bare=False):
    """A 404, without a body if the request was a HEAD."""
    text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return Answer(404, {"content-type": "application/xml"}, b"" if bare else text.encode())
