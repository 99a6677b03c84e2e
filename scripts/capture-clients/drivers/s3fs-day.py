"""s3fs: a file system over aiobotocore, as pandas, dask and Iceberg use it."""

import os

import s3fs
from fsspec.asyn import sync
from note import ENDPOINTS, LARGE, finish, step
from sample import ODD


def day(style):
    s3 = s3fs.S3FileSystem(
        key="AKIDEXAMPLE", secret="example", use_listings_cache=False, skip_instance_cache=True,
        default_block_size=8 << 20,
        client_kwargs={"endpoint_url": ENDPOINTS[style], "verify": os.environ["AWS_CA_BUNDLE"]},
        config_kwargs={"s3": {"addressing_style": style}, "retries": {"total_max_attempts": 1}})
    step("mkdir", s3.mkdir, "fresh")
    step("ls of the account", s3.ls, "")
    step("pipe", s3.pipe_file, "photos/small", b"hello")
    step("pipe, odd key", s3.pipe_file, f"photos/{ODD}", b"odd")
    step("pipe, empty", s3.pipe_file, "photos/empty", b"")
    step("put, large", s3.put_file, LARGE, f"photos/{LARGE}", chunksize=8 << 20)
    step("put, tree", s3.put, "tree/", "photos/tree/", recursive=True)
    step("open to write", write, s3, "photos/written", b"w" * 100)
    step("open to write, parts", write, s3, "photos/parts", b"w" * (17 << 20))
    step("open to write, exclusive", write, s3, "photos/once", b"w", mode="xb")
    step("exists", s3.exists, "photos/small")
    step("exists, absent", s3.exists, "photos/absent")
    step("exists, bucket", s3.exists, "photos")
    step("info", s3.info, "photos/tree")
    step("ls", s3.ls, "photos/tree", detail=True)
    step("find", s3.find, "photos")
    step("glob", s3.glob, "photos/tree/*.txt")
    step("cat", s3.cat_file, f"photos/{ODD}")
    step("cat, range", s3.cat_file, "photos/small", start=1, end=3)
    step("get, large", s3.get_file, f"photos/{LARGE}", "down.bin")
    step("copy", s3.copy, "photos/small", "inbox/copy")
    step("copy, odd key", s3.cp_file, f"photos/{ODD}", f"inbox/{ODD}")
    step("copy, managed", copy_managed, s3)
    step("mv", s3.mv, "inbox/copy", "inbox/moved")
    step("tags", s3.put_tags, "photos/small", {"a": "b"})
    step("get tags", s3.get_tags, "photos/small")
    step("setxattr", s3.setxattr, "photos/small", who="ada")
    step("touch", s3.touch, "photos/touched")
    step("rm", s3.rm_file, "photos/small")
    step("rm, recursive", s3.rm, "photos/tree", recursive=True)
    step("list_multipart_uploads", s3.list_multipart_uploads, "photos")
    step("rmdir", s3.rmdir, "fresh")


def write(s3, path, content, mode="wb"):
    with s3.open(path, mode) as file:
        file.write(content)


def copy_managed(s3):
    size = s3.info(f"photos/{LARGE}")["size"]
    sync(s3.loop, s3._copy_managed, f"photos/{LARGE}", "inbox/large", size, 8 << 20)


if __name__ == "__main__":
    os.environ.pop("AWS_CONFIG_FILE", None)
    for style in ENDPOINTS:
        day(style)
    finish()
