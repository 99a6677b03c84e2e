"""rclone, as a plain S3 storage in path style and as AWS in virtual-hosted style."""

import shlex

from sample import CALM, ODD

REMOTES = {
    "R": {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": "http://s3.local:9000", "FORCE_PATH_STYLE": "true"},
    "A": {"TYPE": "s3", "PROVIDER": "AWS", "ENDPOINT": "https://s3.example.com", "FORCE_PATH_STYLE": "false"},
    "M": {"TYPE": "s3", "PROVIDER": "Minio", "ENDPOINT": "http://s3.local:9000", "FORCE_PATH_STYLE": "true"},
}
KEYS = {"ACCESS_KEY_ID": "AKIDEXAMPLE", "SECRET_ACCESS_KEY": "example", "REGION": "us-east-1"}

EVERYDAY = """
mkdir {r}:fresh
lsd {r}:
copyto small.txt {r}:photos/small.txt
copyto empty {r}:photos/empty
copyto large.bin {r}:photos/large.bin --s3-upload-cutoff 8M --s3-chunk-size 8M
copyto {odd} {r}:photos/{odd}
rcat {r}:photos/stream.txt
copyto small.txt {r}:photos/plain.txt --s3-no-check-bucket --s3-no-head
copyto small.txt {r}:photos/private.txt --s3-acl private
copyto small.txt {r}:photos/cold.txt --s3-storage-class STANDARD_IA
copyto small.txt {r}:photos/sealed.txt --s3-server-side-encryption AES256
copyto small.txt {r}:photos/labelled.txt --metadata --metadata-set who=ada --header-upload "Cache-Control: max-age=60" --header-upload "Content-Type: text/plain"
copyto small.txt {r}:photos/tagged.txt --header-upload "x-amz-tagging: a=b"
copyto small.txt {r}:photos/unbound.txt --s3-use-unsigned-payload true
lsf {r}:photos
ls {r}:photos --fast-list
lsjson {r}:photos --recursive --hash --metadata
ls {r}:photos --s3-list-version 1
ls {r}:photos --s3-list-chunk 2
ls {r}:photos --s3-versions
lsf "{r}:photos/dir one"
lsf {r}:photos/absent
size {r}:photos
hashsum md5 {r}:photos
cat {r}:photos/large.bin --offset 5 --count 10
copyto {r}:photos/small.txt down.txt
copyto {r}:photos/large.bin down.bin --multi-thread-cutoff 8M --multi-thread-streams 4
copyto {r}:photos/{odd} down-odd.txt
copyto {r}:photos/small.txt {r}:inbox/copy.txt
copyto {r}:photos/{odd} {r}:inbox/{odd}
copyto {calm} {r}:photos/{calm}
copyto {r}:photos/{calm} {r}:inbox/{calm}
copyto {r}:photos/large.bin {r}:inbox/large.bin --s3-copy-cutoff 8M
copyto {r}:photos/cold.txt {r}:inbox/cold.txt --metadata --s3-storage-class STANDARD
moveto {r}:inbox/copy.txt {r}:inbox/moved.txt
touch {r}:inbox/moved.txt
sync tree {r}:photos/tree
check tree {r}:photos/tree
sync {r}:photos/tree {r}:inbox/tree
sync {r}:photos/tree back
cleanup {r}:photos
backend versioning {r}:photos
backend list-multipart-uploads {r}:photos
deletefile {r}:photos/small.txt
delete {r}:photos/tree
purge {r}:inbox/tree
rmdir {r}:fresh
"""

ONLY_AWS = """
settier STANDARD_IA {r}:photos/plain.txt
"""


def day(recorder, certificate, _files):
    environment = {"RCLONE_CONFIG": "/dev/null", "RCLONE_CA_CERT": str(certificate), "RCLONE_RETRIES": "1",
                   "RCLONE_LOW_LEVEL_RETRIES": "1", "RCLONE_HTTP_PROXY": recorder}
    for remote, settings in REMOTES.items():
        for name, value in (settings | KEYS).items():
            environment[f"RCLONE_CONFIG_{remote}_{name}"] = value
    for remote in REMOTES:
        steps = EVERYDAY + (ONLY_AWS if remote == "A" else "")
        for line in filter(None, steps.splitlines()):
            line = line.format(r=remote, odd=shlex.quote(ODD), calm=shlex.quote(CALM))
            yield f"rclone {line}", ["rclone", *shlex.split(line)], environment
