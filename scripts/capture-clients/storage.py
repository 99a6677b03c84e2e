"""An S3 storage in memory: no checks, no signatures, just enough for clients to go on."""

import datetime
import hashlib
import re
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from email.utils import formatdate
from xml.sax.saxutils import escape

BASE_HOSTS = ("s3.local:9000", "s3.example.com")
XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
# Headers of an upload which come back with the object.
KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding",
        "content-language", "expires", "x-amz-storage-class", "x-amz-server-side-encryption")


@dataclass
class Answer:
    """What goes back to the client."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""


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


class Storage:
    """Buckets of objects, and the uploads that are under way."""

    def __init__(self):
        self.buckets = {"photos": {}, "inbox": {}}
        self.uploads = {}
        self.lock = threading.Lock()

    def answer(self, method, url, headers, body):
        """Does what an S3 request asks. `headers` is a dict of lower-case names."""
        split = urllib.parse.urlsplit(url)
        bucket, key = locate(split.netloc, split.path)
        query = dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True))
        with self.lock:
            if not bucket:
                return self.list_buckets()
            if not key:
                return self.on_bucket(method, bucket, query, headers, body)
            return self.on_object(method, bucket, key, query, headers, body)

    def list_buckets(self):
        rows = "".join(f"<Bucket><Name>{name}</Name><CreationDate>{timestamp()}</CreationDate></Bucket>"
                       for name in self.buckets)
        return xml("ListAllMyBucketsResult", OWNER + f"<Buckets>{rows}</Buckets>")

    def on_bucket(self, method, bucket, query, headers, body):
        if method == "PUT" and not (query.keys() - {"x-id"}):
            self.buckets.setdefault(bucket, {})
            return Answer(headers={"location": f"/{bucket}"})
        if bucket not in self.buckets:
            return missing("NoSuchBucket")
        objects = self.buckets[bucket]
        if method == "HEAD":
            return Answer(headers={"x-amz-bucket-region": "us-east-1"})
        if method == "POST" and "delete" in query:
            return delete_many(objects, body)
        if method == "DELETE":
            if not query.keys() - {"x-id"}:
                del self.buckets[bucket]
            return Answer(204)
        if method != "GET":
            return Answer()
        if "location" in query:
            return xml("LocationConstraint", "")
        if "versioning" in query:
            return xml("VersioningConfiguration", "")
        if "acl" in query:
            return ACL
        if "uploads" in query:
            return self.list_uploads(bucket)
        for name in ("policy", "tagging", "cors", "lifecycle", "website", "publicAccessBlock",
                     "ownershipControls", "encryption", "policyStatus", "object-lock"):
            if name in query:
                return missing(f"NoSuchConfiguration{name}")
        if query.keys() & {"logging", "notification", "requestPayment", "accelerate"}:
            return xml("Configuration", "")
        return list_objects(bucket, objects, query)

    def list_uploads(self, bucket):
        rows = "".join(
            f"<Upload><Key>{escape(key)}</Key><UploadId>{upload}</UploadId><StorageClass>STANDARD"
            f"</StorageClass><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>"
            for upload, (home, key, _, _) in self.uploads.items() if home == bucket)
        return xml("ListMultipartUploadsResult",
                   f"<Bucket>{bucket}</Bucket><IsTruncated>false</IsTruncated>{rows}")

    def on_object(self, method, bucket, key, query, headers, body):
        if bucket not in self.buckets:
            return missing("NoSuchBucket")
        objects = self.buckets[bucket]
        if "uploads" in query or "uploadId" in query:
            return self.on_upload(method, bucket, key, query, headers, body)
        if method == "PUT" and not query.keys() & {"tagging", "acl", "retention", "legal-hold"}:
            return self.put(objects, key, headers, body)
        if method == "DELETE" and "tagging" not in query:
            objects.pop(key, None)
            return Answer(204)
        stored = objects.get(key)
        if stored is None:
            return missing("NoSuchKey", method == "HEAD")
        if "tagging" in query:
            return tagging(method, stored, body)
        if "acl" in query:
            return ACL if method == "GET" else Answer()
        if "attributes" in query:
            return xml("GetObjectAttributesResponse", f"<ETag>{stored.etag}</ETag>"
                       f"<ObjectSize>{len(stored.body)}</ObjectSize>")
        if method in ("GET", "HEAD"):
            return read(stored, headers)
        return Answer()

    def put(self, objects, key, headers, body):
        source = headers.get("x-amz-copy-source")
        if source is None:
            objects[key] = Stored(body, hashlib.md5(body).hexdigest(), kept(headers))
            return Answer(headers={"etag": f'"{objects[key].etag}"'})
        found = self.source(source)
        if found is None:
            return missing("NoSuchKey")
        replaces = headers.get("x-amz-metadata-directive") == "REPLACE"
        objects[key] = Stored(found.body, found.etag, kept(headers) if replaces else found.headers)
        return xml("CopyObjectResult",
                   f"<ETag>&quot;{found.etag}&quot;</ETag><LastModified>{timestamp()}</LastModified>")

    def source(self, value):
        path = urllib.parse.unquote(value.split("?")[0]).lstrip("/")
        bucket, _, key = path.partition("/")
        return self.buckets.get(bucket, {}).get(key)

    def on_upload(self, method, bucket, key, query, headers, body):
        names = f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
        if "uploads" in query:
            upload = f"upload-{len(self.uploads) + 1}"
            self.uploads[upload] = (bucket, key, {}, kept(headers))
            return xml("InitiateMultipartUploadResult", f"{names}<UploadId>{upload}</UploadId>")
        upload = query["uploadId"]
        if upload not in self.uploads:
            return missing("NoSuchUpload")
        parts = self.uploads[upload][2]
        if method == "PUT":
            return self.put_part(parts, int(query["partNumber"]), headers, body)
        if method == "DELETE":
            del self.uploads[upload]
            return Answer(204)
        if method == "GET":
            rows = "".join(f"<Part><PartNumber>{number}</PartNumber><Size>{len(part)}</Size><ETag>"
                           f"&quot;{hashlib.md5(part).hexdigest()}&quot;</ETag></Part>"
                           for number, part in sorted(parts.items()))
            return xml("ListPartsResult", f"{names}<UploadId>{upload}</UploadId>"
                       f"<IsTruncated>false</IsTruncated>{rows}")
        whole = b"".join(part for _, part in sorted(parts.items()))
        digests = b"".join(hashlib.md5(part).digest() for _, part in sorted(parts.items()))
        etag = f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
        self.buckets[bucket][key] = Stored(whole, etag, self.uploads.pop(upload)[3])
        return xml("CompleteMultipartUploadResult", f"{names}<ETag>&quot;{etag}&quot;</ETag>")

    def put_part(self, parts, number, headers, body):
        source = headers.get("x-amz-copy-source")
        if source is None:
            parts[number] = body
            return Answer(headers={"etag": f'"{hashlib.md5(body).hexdigest()}"'})
        found = self.source(source)
        if found is None:
            return missing("NoSuchKey")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("x-amz-copy-source-range", ""))
        first, last = map(int, wanted.groups()) if wanted else (0, len(found.body) - 1)
        parts[number] = found.body[first:last + 1]
        return xml("CopyPartResult", f"<ETag>&quot;{hashlib.md5(parts[number]).hexdigest()}&quot;"
                   f"</ETag><LastModified>{timestamp()}</LastModified>")


OWNER = "<Owner><ID>owner</ID><DisplayName>owner</DisplayName></Owner>"


def timestamp():
    """Now, as listings write it."""
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
    """404; without a body in answer to HEAD."""
    text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return Answer(404, {"content-type": "application/xml"}, b"" if bare else text.encode())


def locate(host, path):
    """The bucket and the key that a host and a raw path name."""
    path = urllib.parse.unquote(path[1:])
    for base in BASE_HOSTS:
        if host.endswith("." + base):
            return host.removesuffix("." + base), path
    bucket, _, key = path.partition("/")
    return bucket, key


def kept(headers):
    """The headers of an upload that come back with the object."""
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


def delete_many(objects, body):
    """DeleteObjects."""
    keys = [node.text or "" for node in ElementTree.fromstring(body).iter() if node.tag.endswith("Key")]
    for key in keys:
        objects.pop(key, None)
    return xml("DeleteResult", "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys))


def list_objects(bucket, objects, query):
    """ListObjects in both versions, and ListObjectVersions."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = query.get("continuation-token") or query.get("marker") or query.get("key-marker") \
        or query.get("start-after") or ""
    quote = urllib.parse.quote if query.get("encoding-type") == "url" else str
    limit = int(query.get("max-keys") or 1000)
    rows, groups, last, truncated = [], [], "", False
    for key in sorted(key for key in objects if key.startswith(prefix)):
        head, cut, _ = key[len(prefix):].partition(delimiter) if delimiter else (key, "", "")
        name = prefix + head + cut if cut else key
        if name <= after or name in groups:
            continue
        if len(rows) + len(groups) == limit:
            truncated = True
            break
        last = name
        groups.append(name) if cut else rows.append(key)
    versions = "versions" in query
    tag = "Version" if versions else "Contents"
    extra = "<VersionId>null</VersionId><IsLatest>true</IsLatest>" if versions else ""
    content = "".join(
        f"<{tag}><Key>{escape(quote(key))}</Key>{extra}<LastModified>{timestamp()}</LastModified>"
        f"<ETag>&quot;{objects[key].etag}&quot;</ETag><Size>{len(objects[key].body)}</Size>{OWNER}"
        f"<StorageClass>STANDARD</StorageClass></{tag}>" for key in rows)
    content += "".join(f"<CommonPrefixes><Prefix>{escape(quote(name))}</Prefix></CommonPrefixes>"
                       for name in groups)
    if truncated:
        for name in ("NextContinuationToken", "NextMarker", "NextKeyMarker"):
            content += f"<{name}>{escape(quote(last) if name != 'NextContinuationToken' else last)}</{name}>"
    if "encoding-type" in query:
        content += "<EncodingType>url</EncodingType>"
    content += (f"<Name>{bucket}</Name><Prefix>{escape(quote(prefix))}</Prefix><MaxKeys>{limit}</MaxKeys>"
                f"<KeyCount>{len(rows) + len(groups)}</KeyCount>"
                f"<Delimiter>{escape(quote(delimiter))}</Delimiter>"
                f"<IsTruncated>{str(truncated).lower()}</IsTruncated>")
    return xml("ListVersionsResult" if versions else "ListBucketResult", content)
