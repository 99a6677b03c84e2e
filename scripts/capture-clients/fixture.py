"""The shape of a fixture: one JSON line for each kind of request a client sends."""

import json
import re
import urllib.parse

# Headers that Cargo sets itself, or that belong to the connection to the recorder.
LEFT_OUT = {"authorization", "x-amz-security-token", "proxy-authorization", "proxy-connection"}
# Headers whose every value is a separate case.
TELLING = {"x-amz-acl", "x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-trailer",
           "x-amz-metadata-directive", "x-amz-tagging-directive", "x-amz-checksum-algorithm",
           "x-amz-sdk-checksum-algorithm", "content-encoding"}
# Headers whose presence distinguishes two requests; others vary at random.
WEATHER = {"connection", "accept", "accept-encoding", "user-agent", "expect", "date", "x-amz-date",
           "amz-sdk-invocation-id", "amz-sdk-request", "content-length", "content-md5",
           "transfer-encoding", "te", "pragma"}
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
# Sub-resources of a bucket that only the application may use.
BUCKET_SETTINGS = {"accelerate", "acl", "cors", "encryption", "lifecycle", "logging", "notification",
                   "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock",
                   "replication", "requestPayment", "tagging", "website"}


def write(path, client, version, requests):
    """Writes the requests of one client, each kind once; returns how many there are."""
    seen, lines = set(), []
    for request in requests:
        shapes = {("place", *place_of(request)), ("key", *key_of(request)),
                  ("content", *content_of(request))}
        if not shapes <= seen:
            seen |= shapes
            lines.append(line_of(client, version, len(lines) + 1, request))
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return len(lines)


def line_of(client, version, number, request):
    headers = [[name, anonymous(value)] for name, value in request["headers"]
               if name.lower() not in LEFT_OUT]
    line = {"client": client, "version": version, "id": f"{client}-{number:03}",
            "method": request["method"], "url": request["url"], "headers": headers,
            "payload": payload_of(request), "note": request["note"]}
    expected = expectation(request)
    return line | ({"expect": expected} if expected else {})


def anonymous(value):
    """A header without the recording machine's kernel version."""
    return re.sub(r"(?i)\b(os/linux#)\S+", r"\g<1>6.1", value)


def expectation(request):
    """The code with which the rules refuse a user's request, in their order; None if they do not."""
    method, payload = request["method"], payload_of(request)
    level, names = level_of(request["url"])
    administers = is_administration(method, level, names)
    bound = ((administers and method in ("PUT", "POST"))
             or (method == "POST" and names & {"delete", "uploadId"})
             or (method == "PUT" and "tagging" in names))
    if "$" in bucket_of(request["url"]):
        return "bucket"  # N4
    if payload.startswith("STREAMING-AWS4-"):
        return "payload_hash"  # N13: signing chunks takes the secret
    if {",", ";"} & {*header(request, "x-amz-copy-source")}:
        return "copy_source_syntax"  # N12: one signed value could be split into two
    if bound and payload == "UNSIGNED-PAYLOAD":
        return "body_must_be_hashed"  # N13
    if header(request, "x-amz-acl") not in ("", "private", "bucket-owner-full-control"):
        return "acl_value"  # N11
    if header(request, "x-amz-bucket-object-lock-enabled"):
        return "header_needs_root"  # N11
    return "root_only" if administers else None


def is_administration(method, level, names):
    """Whether only the application may do it, by the operation map."""
    if level == "object":
        return "acl" in names
    settings = names & {*BUCKET_SETTINGS} or method == "PUT" and "versioning" in names
    return level == "account" or bool(settings) or method in ("PUT", "DELETE")


def payload_of(request):
    return header(request, "x-amz-content-sha256")


def header(request, wanted):
    return next((value for name, value in request["headers"] if name.lower() == wanted), "")


def bucket_of(url):
    """The bucket a URL names, decoded; empty for the account."""
    split = urllib.parse.urlsplit(url)
    virtual = split.netloc.endswith(".s3.example.com")
    return split.netloc if virtual else urllib.parse.unquote(split.path.split("/")[1])


def level_of(url):
    """Account, bucket or object, and the names in the query."""
    split = urllib.parse.urlsplit(url)
    virtual = split.netloc.endswith(".s3.example.com")
    key = split.path[1:] if virtual else split.path[1:].partition("/")[2]
    level = "object" if key else "bucket" if bucket_of(url) else "account"
    return level, set(urllib.parse.parse_qs(split.query, keep_blank_values=True))


def place_of(request):
    """The addressing of a request."""
    split = urllib.parse.urlsplit(request["url"])
    level, _ = level_of(request["url"])
    virtual = split.netloc.endswith(".s3.example.com")
    return request["method"], split.scheme, virtual, level, split.path.endswith("/")


def key_of(request):
    """The spelling of a key."""
    return request["method"], characters(urllib.parse.urlsplit(request["url"]).path)


def content_of(request):
    """All other properties by which Cargo could judge two requests differently."""
    split = urllib.parse.urlsplit(request["url"])
    queries = tuple((name, "" if "token" in name else characters(value)) for name, _, value in
                    (pair.partition("=") for pair in split.query.split("&")))
    headers = tuple(sorted(
        (name.lower(), value_shape(name.lower(), value)) for name, value in request["headers"]
        if name.lower() not in LEFT_OUT | WEATHER))
    payload = payload_of(request)
    kind = "hash" if re.fullmatch("[0-9a-f]{64}", payload) and payload != EMPTY else payload
    level, _ = level_of(request["url"])
    return request["method"], level, queries, headers, kind


def value_shape(name, value):
    if name in TELLING:
        return value
    return characters(value) if name.startswith("x-amz-copy-source") or name == "range" else ""


def characters(text):
    """The escapes and delimiters of a text: a parser treats texts with the same ones alike."""
    escapes = re.findall("%[0-9A-Fa-f]{2}", text)
    marks = re.sub("%[0-9A-Fa-f]{2}|[A-Za-z0-9/]", "", text)
    return "".join(sorted(set(escapes) | set(marks))) + ("//" if "//" in text else "")
