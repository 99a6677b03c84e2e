"""minio-py: MinIO's own client library."""

import io
import os
import ssl

import urllib3
from minio import Minio
from minio.commonconfig import CopySource, Tags
from minio.deleteobjects import DeleteObject
from note import ENDPOINTS, LARGE, RECORDER, finish, step
from sample import ODD


def day(style):
    secure, host = ENDPOINTS[style].startswith("https"), ENDPOINTS[style].partition("://")[2]
    trust = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    s3 = Minio(host, "AKIDEXAMPLE", "example", secure=secure, region="us-east-1",
               http_client=urllib3.ProxyManager(RECORDER, ssl_context=trust, retries=False))
    if style == "virtual":
        s3.enable_virtual_style_endpoint()
    step("make_bucket", s3.make_bucket, "fresh")
    step("list_buckets", s3.list_buckets)
    step("bucket_exists", s3.bucket_exists, "photos")
    step("put_object", s3.put_object, "photos", "small", io.BytesIO(b"hello"), 5)
    step("put_object, empty", s3.put_object, "photos", "empty", io.BytesIO(b""), 0)
    step("put_object, odd key", s3.put_object, "photos", ODD, io.BytesIO(b"odd"), 3)
    step("put_object, labelled", s3.put_object, "photos", "full", io.BytesIO(b"full"), 4,
         content_type="text/plain", metadata={"who": "ada", "Cache-Control": "max-age=60"})
    step("fput_object, parts", s3.fput_object, "photos", LARGE, LARGE, part_size=8 << 20)
    step("stat_object", s3.stat_object, "photos", "small")
    step("get_object", lambda: s3.get_object("photos", ODD).read())
    step("get_object, range", lambda: s3.get_object("photos", "small", offset=1, length=2).read())
    step("fget_object", s3.fget_object, "photos", LARGE, "down.bin")
    step("list_objects", lambda: list(s3.list_objects("photos", prefix="dir one/", recursive=True)))
    step("list_objects, delimiter", lambda: list(s3.list_objects("photos")))
    step("list_objects, v1", lambda: list(s3.list_objects("photos", use_api_v1=True)))
    step("list_objects, versions", lambda: list(s3.list_objects("photos", include_version=True)))
    step("copy_object", s3.copy_object, "inbox", "copy", CopySource("photos", "small"))
    step("copy_object, odd key", s3.copy_object, "inbox", ODD, CopySource("photos", ODD))
    tags = Tags.new_object_tags()
    tags["a"] = "b"
    step("set_object_tags", s3.set_object_tags, "photos", "small", tags)
    step("get_object_tags", s3.get_object_tags, "photos", "small")
    step("delete_object_tags", s3.delete_object_tags, "photos", "small")
    step("remove_object", s3.remove_object, "photos", "small")
    doomed = [DeleteObject("empty"), DeleteObject(ODD)]
    step("remove_objects", lambda: list(s3.remove_objects("photos", doomed)))
    step("remove_bucket", s3.remove_bucket, "fresh")


if __name__ == "__main__":
    for style in ENDPOINTS:
        day(style)
    finish()
