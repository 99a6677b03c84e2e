"""Listings: ListObjects in both versions, and ListObjectVersions."""

import urllib.parse
from xml.sax.saxutils import escape

from answer import OWNER, timestamp, xml


def list_objects(bucket, objects, query):
    """The part of a bucket that a listing shows."""
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
            shown = last if name == "NextContinuationToken" else quote(last)
            content += f"<{name}>{escape(shown)}</{name}>"
    if "encoding-type" in query:
        content += "<EncodingType>url</EncodingType>"
    content += (f"<Name>{bucket}</Name><Prefix>{escape(quote(prefix))}</Prefix><MaxKeys>{limit}</MaxKeys>"
                f"<KeyCount>{len(rows) + len(groups)}</KeyCount>"
                f"<Delimiter>{escape(quote(delimiter))}</Delimiter>"
                f"<IsTruncated>{str(truncated).lower()}</IsTruncated>")
    return xml("ListVersionsResult" if versions else "ListBucketResult", content)
