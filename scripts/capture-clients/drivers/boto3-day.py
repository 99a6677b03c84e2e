"""boto3: the verbs of its client and its transfer manager."""

import io
import os

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from note import ENDPOINTS, LARGE, finish, step
from sample import ODD

PARTS = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20)


class Stream(io.RawIOBase):
    """A stream without seeking and without a length."""

    def __init__(self, content):
        self.inner = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.inner.readinto(buffer)


def client(style, **options):
    config = Config(s3={"addressing_style": style}, retries={"total_max_attempts": 1}, **options)
    return boto3.client("s3", endpoint_url=ENDPOINTS[style], config=config)


def day(s3):
    photos = {"Bucket": "photos"}
    step("create_bucket", s3.create_bucket, Bucket="fresh")
    step("list_buckets", s3.list_buckets)
    step("head_bucket", s3.head_bucket, **photos)
    step("get_bucket_location", s3.get_bucket_location, **photos)
    step("get_bucket_versioning", s3.get_bucket_versioning, **photos)
    step("put_bucket_versioning", s3.put_bucket_versioning, **photos,
         VersioningConfiguration={"Status": "Enabled"})
    step("get_bucket_acl", s3.get_bucket_acl, **photos)
    step("put_object of bytes", s3.put_object, **photos, Key="small", Body=b"hello")
    step("put_object of nothing", s3.put_object, **photos, Key="empty", Body=b"")
    step("put_object without a body", s3.put_object, **photos, Key="folder/")
    step("put_object, odd key", s3.put_object, **photos, Key=ODD, Body=b"odd")
    step("put_object, double slash", s3.put_object, **photos, Key="double//slash", Body=b"x")
    step("put_object, leading slash", s3.put_object, **photos, Key="/leading", Body=b"x")
    step("put_object with everything", s3.put_object, **photos, Key="full", Body=b"full",
         Metadata={"who": "ada", "empty": ""}, ContentType="text/plain", CacheControl="max-age=60",
         ContentDisposition='attachment; filename="a b.txt"', ContentLanguage="en",
         ContentEncoding="gzip", StorageClass="STANDARD_IA", ServerSideEncryption="AES256",
         ACL="private", Tagging="a=b&c=d%20e", ChecksumAlgorithm="SHA256", IfNoneMatch="*")
    step("put_object, owner", s3.put_object, **photos, Key="owned", Body=b"x",
         ACL="bucket-owner-full-control", ExpectedBucketOwner="123456789012")
    step("upload_file, large", s3.upload_file, LARGE, "photos", LARGE, Config=PARTS)
    step("upload_fileobj, stream", s3.upload_fileobj, Stream(b"stream" * 9), "photos", "stream")
    step("upload_file, extra", s3.upload_file, LARGE, "photos", "extra", Config=PARTS,
         ExtraArgs={"Metadata": {"who": "ada"}, "ServerSideEncryption": "AES256", "ACL": "private",
                    "ChecksumAlgorithm": "SHA1", "StorageClass": "INTELLIGENT_TIERING"})
    step("head_object", s3.head_object, **photos, Key="small")
    step("head_object, checksum", s3.head_object, **photos, Key="small", ChecksumMode="ENABLED")
    step("get_object", lambda: s3.get_object(**photos, Key="small")["Body"].read())
    step("get_object, odd key", lambda: s3.get_object(**photos, Key=ODD)["Body"].read())
    step("get_object, range", s3.get_object, **photos, Key="small", Range="bytes=-3")
    step("get_object, conditions", s3.get_object, **photos, Key="small", IfMatch='"a"',
         IfUnmodifiedSince="2030-01-01T00:00:00Z", VersionId="null", ResponseContentType="a/b")
    step("download_file, large", s3.download_file, "photos", LARGE, "down.bin", Config=PARTS)
    step("list_objects", s3.list_objects, **photos, Delimiter="/", Prefix="dir one/", Marker="a b+c&d")
    step("list_objects_v2, pages", lambda: list(s3.get_paginator("list_objects_v2").paginate(
        **photos, PaginationConfig={"PageSize": 2})))
    step("list_objects_v2, all", s3.list_objects_v2, **photos, Delimiter="/", Prefix=ODD,
         StartAfter="é", FetchOwner=True)
    step("list_object_versions", s3.list_object_versions, **photos, Prefix="a", KeyMarker="a b")
    step("copy_object", s3.copy_object, **photos, Key="copy", CopySource={"Bucket": "photos", "Key": ODD})
    step("copy_object, replace", s3.copy_object, **photos, Key="small", MetadataDirective="REPLACE",
         Metadata={"who": "ada"}, CopySource="photos/small", TaggingDirective="REPLACE", Tagging="a=b",
         CopySourceIfNoneMatch='"x"', ACL="private", StorageClass="STANDARD")
    step("copy_object, version", s3.copy_object, **photos, Key="copy",
         CopySource={"Bucket": "photos", "Key": "small", "VersionId": "null"})
    step("copy, large", s3.copy, {"Bucket": "photos", "Key": LARGE}, "inbox", LARGE, Config=PARTS)
    step("put_object_tagging", s3.put_object_tagging, **photos, Key="small",
         Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    step("get_object_tagging", s3.get_object_tagging, **photos, Key="small")
    step("delete_object_tagging", s3.delete_object_tagging, **photos, Key="small")
    step("get_object_attributes", s3.get_object_attributes, **photos, Key="small",
         ObjectAttributes=["ETag", "Checksum"], MaxParts=5)
    step("get_object_acl", s3.get_object_acl, **photos, Key="small")
    step("put_object_acl", s3.put_object_acl, **photos, Key="small", ACL="private")
    upload = s3.create_multipart_upload(**photos, Key="parts", ChecksumAlgorithm="CRC32",
                                        ChecksumType="FULL_OBJECT")
    part = {**photos, "Key": "parts", "UploadId": upload["UploadId"]}
    step("upload_part", s3.upload_part, **part, PartNumber=1, Body=b"part")
    step("list_parts", s3.list_parts, **part, MaxParts=10)
    step("list_multipart_uploads", s3.list_multipart_uploads, **photos, Prefix="p", Delimiter="/")
    step("abort_multipart_upload", s3.abort_multipart_upload, **part)
    step("delete_objects", s3.delete_objects, **photos,
         Delete={"Objects": [{"Key": "copy"}, {"Key": "empty"}], "Quiet": True})
    step("delete_object", s3.delete_object, **photos, Key="small")
    step("delete_object, conditions", s3.delete_object, **photos, Key=ODD, VersionId="null", IfMatch="*")
    step("delete_bucket", s3.delete_bucket, Bucket="fresh")


def old_habits(s3):
    """The requests of releases and clients without checksums by default."""
    step("put_object, no checksum", s3.put_object, Bucket="photos", Key="small", Body=b"hello")
    step("upload_file, no checksum", s3.upload_file, LARGE, "photos", LARGE, Config=PARTS)
    step("get_object, no checksum", s3.get_object, Bucket="photos", Key="small")
    step("delete_objects, no checksum", s3.delete_objects, Bucket="photos",
         Delete={"Objects": [{"Key": "small"}]})


if __name__ == "__main__":
    os.environ.pop("AWS_CONFIG_FILE", None)
    for style in ENDPOINTS:
        day(client(style))
        old_habits(client(style, request_checksum_calculation="when_required",
                          response_checksum_validation="when_required"))
    finish()
