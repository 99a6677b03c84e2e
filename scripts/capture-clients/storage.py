"""An S3 storage in memory, without checks and signatures: just enough for clients to go on."""

import hashlib
import re
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

from answer import ACL, OWNER, Answer, missing, timestamp, xml
from listing import list_objects
from stored import Stored, kept, read, tagging

BASE_HOSTS = ("s3.local:9000", "s3.example.com")


class Storage:
    """Buckets of objects, and unfinished uploads."""

    def __init__(self):
        self.buckets = {"photos": {}, "inbox": {}}
        self.uploads = {}
        self.lock = threading.Lock()

    def answer(self, method, url, headers, body):
        """Executes an S3 request. `headers` is a dict with lower-case names."""
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


def locate(host, path):
    """The bucket and the key that a host and a raw path name."""
    path = urllib.parse.unquote(path[1:])
    for base in BASE_HOSTS:
        if host.endswith("." + base):
            return host.removesuffix("." + base), path
    bucket, _, key = path.partition("/")
    return bucket, key


def delete_many(objects, body):
    """DeleteObjects."""
    keys = [node.text or "" for node in ElementTree.fromstring(body).iter() if node.tag.endswith("Key")]
    for key in keys:
        objects.pop(key, None)
    return xml("DeleteResult", "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys))
