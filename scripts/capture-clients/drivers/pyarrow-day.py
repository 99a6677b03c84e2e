"""pyarrow: the file system of Arrow, over the AWS SDK for C++."""

import os

from note import ENDPOINTS, RECORDER, finish, step
from pyarrow import fs
from sample import ODD


def day(style):
    scheme, _, host = ENDPOINTS[style].partition("://")
    s3 = fs.S3FileSystem(
        access_key="AKIDEXAMPLE", secret_key="example", region="us-east-1", scheme=scheme,
        endpoint_override=host, force_virtual_addressing=style == "virtual", proxy_options=RECORDER,
        allow_bucket_creation=True, allow_bucket_deletion=True,
        tls_ca_file_path=os.environ["AWS_CA_BUNDLE"])
    step("create_dir, bucket", s3.create_dir, "fresh")
    step("list of the account", s3.get_file_info, fs.FileSelector(""))
    step("write", write, s3, "photos/small", b"hello")
    step("write, empty", write, s3, "photos/empty", b"")
    step("write, odd key", write, s3, f"photos/{ODD}", b"odd")
    step("write, parts", write, s3, "photos/large", b"w" * (21 << 20))
    step("write, metadata", write, s3, "photos/full", b"full",
         metadata={"Content-Type": "text/plain", "Cache-Control": "max-age=60", "who": "ada"})
    step("create_dir", s3.create_dir, "photos/folder/sub")
    step("info", s3.get_file_info, ["photos/small", "photos/absent", "photos", "photos/folder"])
    step("list", s3.get_file_info, fs.FileSelector("photos"))
    step("list, recursive", s3.get_file_info, fs.FileSelector("photos/dir one", recursive=True))
    step("read", lambda: s3.open_input_stream(f"photos/{ODD}").read())
    step("read, range", read_range, s3)
    step("copy", s3.copy_file, "photos/small", "inbox/copy")
    step("copy, odd key", s3.copy_file, f"photos/{ODD}", f"inbox/{ODD}")
    step("move", s3.move, "inbox/copy", "inbox/moved")
    step("delete", s3.delete_file, "photos/small")
    step("delete, tree", s3.delete_dir, "photos/folder")
    step("delete, contents", s3.delete_dir_contents, "photos/dir one")
    step("delete, bucket", s3.delete_dir, "fresh")


def write(s3, path, content, metadata=None):
    with s3.open_output_stream(path, metadata=metadata) as file:
        file.write(content)


def read_range(s3):
    with s3.open_input_file("photos/large") as file:
        file.seek(100)
        file.read(10)


if __name__ == "__main__":
    for style in ENDPOINTS:
        day(style)
    finish()
