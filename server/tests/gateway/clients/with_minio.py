"""minio-py: its own signer, streams of unknown length, its own XML."""

import io
import os
import urllib.error
import urllib.request
from datetime import timedelta

from minio import Minio
from minio.commonconfig import ComposeSource, CopySource, Tags
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

HOST, BUCKET = os.environ["ENDPOINT"].removeprefix("http://"), os.environ["BUCKET"]
SIZE = 20 * 1024 * 1024


def s3_of(name, secret=None, region=None):
    access, secret = os.environ[f"{name}_ID"], secret or os.environ[f"{name}_SECRET"]
    # By names: older releases take them in another order.
    return Minio(endpoint=HOST, access_key=access, secret_key=secret, secure=False, region=region)


def refused(code, call, *args, **named):
    try:
        done = call(*args, **named)
        if hasattr(done, "__next__"):
            list(done)
    except S3Error as error:
        assert error.code == code, error
        return
    raise AssertionError(f"not refused: {call} {args} {named}")


def read(s3, key, **more):
    answer = s3.get_object(bucket_name=BUCKET, object_name=key, **more)
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()


def put(s3, key, body, length=None, **more):
    length = len(body) if length is None else length
    return s3.put_object(bucket_name=BUCKET, object_name=key, data=io.BytesIO(body), length=length, **more)


root, ada, nav, bob = (s3_of(name) for name in ("ROOT", "ADA", "NAV", "BOB"))

# Buckets. It asks for the location first, signed for us-east-1.
root.make_bucket(bucket_name="made-by-minio")
assert root.bucket_exists(bucket_name="made-by-minio") and not root.bucket_exists(bucket_name="nobodys")
assert [it.name for it in root.list_buckets()] == ["made-by-minio", BUCKET]
root.remove_bucket(bucket_name="made-by-minio")
refused("AccessDenied", ada.make_bucket, bucket_name="not-hers")

# Objects.
large = os.urandom(SIZE)
for key, body in [("none", b""), ("one", b"1"), ("large", large)]:
    put(ada, key, body, content_type="text/x-test", metadata={"colour": "blue"})
    assert read(ada, key) == body, key
    stat = ada.stat_object(bucket_name=BUCKET, object_name=key)
    assert (stat.size, stat.content_type, stat.metadata["x-amz-meta-colour"]) == (len(body), "text/x-test", "blue")
assert read(ada, "large", offset=1000, length=1000) == large[1000:2000]
put(ada, "stream", large, length=-1, part_size=5 * 1024 * 1024)
assert read(ada, "stream") == large
refused("NoSuchKey", ada.get_object, bucket_name=BUCKET, object_name="gone")
refused("NoSuchKey", ada.stat_object, bucket_name=BUCKET, object_name="gone")

# Copies.
ada.copy_object(bucket_name=BUCKET, object_name="a copy+1", source=CopySource(bucket_name=BUCKET, object_name="one"))
assert read(ada, "a copy+1") == b"1"
sources = [ComposeSource(bucket_name=BUCKET, object_name="large"), ComposeSource(bucket_name=BUCKET, object_name="one")]
ada.compose_object(bucket_name=BUCKET, object_name="composed", sources=sources)
assert read(ada, "composed") == large + b"1"
if os.environ["STORAGE"] != "embedded":  # which has no tags
    tags = Tags.new_object_tags()
    tags["a"] = "b c"
    ada.set_object_tags(bucket_name=BUCKET, object_name="one", tags=tags)
    assert ada.get_object_tags(bucket_name=BUCKET, object_name="one") == tags

# Listings.
for number in range(12):
    put(ada, f"list/ü {number:02}", b"")
for version_1 in (False, True):
    listed = list(ada.list_objects(bucket_name=BUCKET, prefix="list/", use_api_v1=version_1))
    assert [it.object_name for it in listed] == [f"list/ü {number:02}" for number in range(12)]
    top = [it.object_name for it in ada.list_objects(bucket_name=BUCKET, use_api_v1=version_1) if it.is_dir]
    assert top == ["list/"]

# Presigned URLs.
hour = timedelta(hours=1)
url = ada.presigned_put_object(bucket_name=BUCKET, object_name="by url", expires=hour)
urllib.request.urlopen(urllib.request.Request(url, data=b"by url", method="PUT"))
url = ada.presigned_get_object(bucket_name=BUCKET, object_name="by url", expires=hour)
assert urllib.request.urlopen(url).read() == b"by url"
try:
    urllib.request.urlopen(bob.presigned_get_object(bucket_name=BUCKET, object_name="by url", expires=hour))
    raise AssertionError("a presigned URL of somebody without a grant")
except urllib.error.HTTPError as error:
    assert error.code == 403, error
except S3Error as error:  # it asks for the location before it signs
    assert error.code == "AccessDenied", error

# Refusals.
refused("AccessDenied", bob.get_object, bucket_name=BUCKET, object_name="one")
refused("AccessDenied", put, bob, "one", b"")
refused("AccessDenied", bob.stat_object, bucket_name=BUCKET, object_name="one")
refused("AccessDenied", bob.remove_object, bucket_name=BUCKET, object_name="one")
refused("AccessDenied", bob.list_objects, bucket_name=BUCKET)
refused("SignatureDoesNotMatch", s3_of("ADA", secret="wrong").list_buckets)

# The way down to a prefix.
put(nav, "home/nav/docs/x", b"x")
down = lambda prefix: [it.object_name for it in nav.list_objects(bucket_name=BUCKET, prefix=prefix)]
assert (down(""), down("home/"), down("home/nav/")) == (["home/"], ["home/nav/"], ["home/nav/docs/"])
refused("AccessDenied", nav.list_objects, bucket_name=BUCKET, recursive=True)

# Many at once.
gone = [DeleteObject("one"), DeleteObject("home/nav/docs/x")]
assert [it.code for it in nav.remove_objects(bucket_name=BUCKET, delete_object_list=gone)] == ["AccessDenied"]
rest = [DeleteObject(it.object_name) for it in ada.list_objects(bucket_name=BUCKET, recursive=True)]
assert len(rest) > 15 and not list(ada.remove_objects(bucket_name=BUCKET, delete_object_list=rest))
assert not list(ada.list_objects(bucket_name=BUCKET, recursive=True))
