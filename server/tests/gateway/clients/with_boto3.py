"""boto3: resources, transfers, paging, presigned URLs of both signature lifetimes, refusals."""

import io
import os
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, BUCKET = os.environ["ENDPOINT"], os.environ["BUCKET"]
IS_WHOLE = os.environ["STORAGE"] != "embedded"
SIZE = 20 * 1024 * 1024


def s3_of(name, **more):
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}, **more)
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id=os.environ[f"{name}_ID"],
        aws_secret_access_key=os.environ[f"{name}_SECRET"],
        config=config,
    )


def refused(call, code="AccessDenied", **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] in (code, "403"), error
        return
    raise AssertionError(f"not refused: {call} {arguments}")


def http(method, url, body=None, **headers):
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    return urllib.request.urlopen(request).read()


root, ada, nav, bob = (s3_of(name) for name in ("ROOT", "ADA", "NAV", "BOB"))

# Buckets.
root.create_bucket(Bucket="made-by-boto3")
root.create_bucket(Bucket="made-by-boto3")
assert [it["Name"] for it in root.list_buckets()["Buckets"]] == ["made-by-boto3", BUCKET]
assert root.head_bucket(Bucket="made-by-boto3")["BucketRegion"] == "us-east-1"
root.delete_bucket(Bucket="made-by-boto3")
refused(ada.create_bucket, Bucket="not-hers")
refused(ada.create_bucket, "BucketAlreadyOwnedByYou", Bucket=BUCKET)

# Objects of each size, and what they say of themselves.
large = os.urandom(SIZE)
for key, body in [("none", b""), ("one", b"1"), ("large", large)]:
    ada.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="text/x-test", Metadata={"colour": "blue"})
    got = ada.get_object(Bucket=BUCKET, Key=key)
    assert got["Body"].read() == body, key
    assert (got["ContentType"], got["Metadata"]) == ("text/x-test", {"colour": "blue"}), got
    head = ada.head_object(Bucket=BUCKET, Key=key)
    assert head["ContentLength"] == len(body) and "aws-chunked" not in head.get("ContentEncoding", ""), head
part = ada.get_object(Bucket=BUCKET, Key="large", Range="bytes=1000-1999")
assert part["Body"].read() == large[1000:2000] and part["ContentRange"] == f"bytes 1000-1999/{SIZE}"
refused(ada.get_object, "InvalidRange", Bucket=BUCKET, Key="one", Range="bytes=5-9")
refused(ada.get_object, "NoSuchKey", Bucket=BUCKET, Key="gone")
refused(ada.head_object, "404", Bucket=BUCKET, Key="gone")
# The embedded storage reads no conditions, lists no uploads, and has no tags.
if IS_WHOLE:
    refused(ada.get_object, "PreconditionFailed", Bucket=BUCKET, Key="one", IfMatch='"0"')
    refused(ada.get_object, "304", Bucket=BUCKET, Key="one", IfNoneMatch=ada.head_object(Bucket=BUCKET, Key="one")["ETag"])

# Every checksum that needs no more than Python, sent ahead and sent after.
for algorithm in ("CRC32", "SHA1", "SHA256"):
    ada.put_object(Bucket=BUCKET, Key="sum", Body=b"hello", ChecksumAlgorithm=algorithm)
    ada.put_object(Bucket=BUCKET, Key="sum", Body=io.BytesIO(b"hello"), ChecksumAlgorithm=algorithm)
    assert ada.get_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")["Body"].read() == b"hello"
old = s3_of("ADA", request_checksum_calculation="when_required", response_checksum_validation="when_required")
old.put_object(Bucket=BUCKET, Key="sum", Body=b"hello")
unsigned = s3_of("ADA", request_checksum_calculation="when_required")
unsigned.put_object(Bucket=BUCKET, Key="sum", Body=io.BytesIO(b"hello"), ContentEncoding="gzip")
assert ada.head_object(Bucket=BUCKET, Key="sum")["ContentEncoding"] == "gzip"

# Multipart, by the transfer manager and by hand.
several = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=6 * 1024 * 1024, max_concurrency=3)
ada.upload_fileobj(io.BytesIO(large), BUCKET, "parts", Config=several)
back = io.BytesIO()
ada.download_fileobj(BUCKET, "parts", back, Config=several)
assert back.getvalue() == large
ada.copy({"Bucket": BUCKET, "Key": "parts"}, BUCKET, "parts copy", Config=several)
assert ada.head_object(Bucket=BUCKET, Key="parts copy")["ContentLength"] == SIZE
upload = ada.create_multipart_upload(Bucket=BUCKET, Key="given up")["UploadId"]
if IS_WHOLE:
    assert [it["UploadId"] for it in ada.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == [upload]
ada.upload_part(Bucket=BUCKET, Key="given up", UploadId=upload, PartNumber=1, Body=b"x")
assert len(ada.list_parts(Bucket=BUCKET, Key="given up", UploadId=upload)["Parts"]) == 1
ada.abort_multipart_upload(Bucket=BUCKET, Key="given up", UploadId=upload)
refused(bob.create_multipart_upload, Bucket=BUCKET, Key="x")

# Copies, tags, keys of every kind.
ada.copy_object(Bucket=BUCKET, Key="one again", CopySource={"Bucket": BUCKET, "Key": "one"})
assert ada.get_object(Bucket=BUCKET, Key="one again")["Body"].read() == b"1"
if IS_WHOLE:
    tags = {"TagSet": [{"Key": "a", "Value": "b c+d"}]}
    ada.put_object_tagging(Bucket=BUCKET, Key="one", Tagging=tags)
    assert ada.get_object_tagging(Bucket=BUCKET, Key="one")["TagSet"] == tags["TagSet"]
    ada.delete_object_tagging(Bucket=BUCKET, Key="one")
for key in ("names/a b+c%41.txt", "names/überblick (1)!*'~.txt", "names/日本/語&=?#.txt", "names/a:b@c$,;"):
    ada.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    assert ada.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
assert len(ada.list_objects_v2(Bucket=BUCKET, Prefix="names/")["Contents"]) == 4

# Listings with paging, both versions.
for number in range(25):
    ada.put_object(Bucket=BUCKET, Key=f"list/{number:02}", Body=b"")
for name in ("list_objects", "list_objects_v2"):
    pages = list(ada.get_paginator(name).paginate(Bucket=BUCKET, Prefix="list/", PaginationConfig={"PageSize": 10}))
    assert [len(page["Contents"]) for page in pages] == [10, 10, 5], name
    top = ada.get_paginator(name).paginate(Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 3})
    assert [it["Prefix"] for it in top.search("CommonPrefixes[]") if it] == ["list/", "names/"]

# Presigned URLs.
put = ada.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "by url", "ContentType": "text/plain"})
http("PUT", put, b"by url", **{"Content-Type": "text/plain"})
assert http("GET", ada.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "by url"})) == b"by url"
named = {"Bucket": BUCKET, "Key": "by url", "ResponseContentDisposition": 'attachment; filename="x"'}
assert http("GET", ada.generate_presigned_url("get_object", Params=named)) == b"by url"
try:
    http("GET", bob.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "by url"}))
    raise AssertionError("a presigned URL of somebody without a grant")
except urllib.error.HTTPError as error:
    assert error.code == 403 and b"<Code>AccessDenied</Code>" in error.read()

# Refusals.
for call, more in [(bob.get_object, {"Key": "one"}), (bob.put_object, {"Key": "one"}), (bob.delete_object, {"Key": "one"}), (bob.list_objects_v2, {}), (bob.head_bucket, {}), (bob.head_object, {"Key": "one"})]:
    refused(call, Bucket=BUCKET, **more)
refused(ada.get_object, Bucket="nobodys", Key="x")
try:
    boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=os.environ["ADA_ID"], aws_secret_access_key="wrong").list_buckets()
    raise AssertionError("a wrong secret")
except ClientError as error:
    assert error.response["Error"]["Code"] == "SignatureDoesNotMatch", error
# Another region is corrected by what the answer says, as for AWS.
elsewhere = boto3.client("s3", endpoint_url=ENDPOINT, region_name="eu-central-1", aws_access_key_id=os.environ["ADA_ID"], aws_secret_access_key=os.environ["ADA_SECRET"])
assert elsewhere.get_object(Bucket=BUCKET, Key="one")["Body"].read() == b"1"

# The way down to a prefix.
nav.put_object(Bucket=BUCKET, Key="home/nav/docs/x", Body=b"x")
down = lambda prefix: nav.list_objects_v2(Bucket=BUCKET, Prefix=prefix, Delimiter="/")
for prefix, below in [("", "home/"), ("home/", "home/nav/"), ("home/nav/", "home/nav/docs/")]:
    assert [it["Prefix"] for it in down(prefix)["CommonPrefixes"]] == [below]
assert [it["Name"] for it in nav.list_buckets()["Buckets"]] == [BUCKET]
refused(nav.list_objects_v2, Bucket=BUCKET)
refused(nav.get_object, Bucket=BUCKET, Key="one")

# Many at once.
keys = [it["Key"] for page in ada.get_paginator("list_objects_v2").paginate(Bucket=BUCKET) for it in page["Contents"]]
mixed = nav.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "one"}, {"Key": "home/nav/docs/x"}]})
assert [it["Key"] for it in mixed["Deleted"]] == ["home/nav/docs/x"]
assert [(it["Key"], it["Code"]) for it in mixed["Errors"]] == [("one", "AccessDenied")]
assert len(ada.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})["Deleted"]) == len(keys)
assert "Contents" not in ada.list_objects_v2(Bucket=BUCKET)
