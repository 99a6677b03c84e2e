"""s3cmd, in path style over http and in virtual-hosted style over https."""

import shlex

from sample import CALM, ODD

CONFIG = """[default]
access_key = AKIDEXAMPLE
secret_key = example
host_base = {base}
host_bucket = {bucket}
use_https = {https}
ca_certs_file = {certificate}
proxy_host = {proxy_host}
proxy_port = {proxy_port}
multipart_chunk_size_mb = 8
signature_v2 = False
bucket_location = us-east-1
"""

EVERYDAY = """
mb s3://fresh
ls
la
put small.txt s3://photos/small.txt
put empty s3://photos/empty
put large.bin s3://photos/large.bin
put {odd} s3://photos/{odd}
put small.txt s3://photos/labelled.txt --mime-type text/plain --add-header "Cache-Control: max-age=60" --add-header "x-amz-meta-who: ada"
put small.txt s3://photos/cold.txt --storage-class STANDARD_IA
put small.txt s3://photos/sealed.txt --server-side-encryption
put small.txt s3://photos/private.txt --acl-private
put small.txt s3://photos/public.txt --acl-public
put small.txt s3://photos/summed.txt --no-preserve
ls s3://photos
ls s3://photos/dir --recursive --long-listing
ls s3://photos --limit 2
ls "s3://photos/dir one/a b+c"
du s3://photos
info s3://photos
info s3://photos/small.txt
get s3://photos/small.txt down.txt --force
get s3://photos/large.bin down.bin --force
get s3://photos/{odd} down-odd.txt --force
get s3://photos/large.bin part.bin --continue
cp s3://photos/small.txt s3://inbox/copy.txt
put {calm} s3://photos/{calm}
cp s3://photos/{calm} s3://inbox/{calm}
cp s3://photos/large.bin s3://inbox/large.bin
mv s3://inbox/copy.txt s3://inbox/moved.txt
modify s3://inbox/moved.txt --add-header "Cache-Control: no-cache"
settagging s3://photos/small.txt "a=b&c=d"
gettagging s3://photos/small.txt
deltagging s3://photos/small.txt
setacl s3://photos/small.txt --acl-private
sync tree/ s3://photos/tree/
sync tree/ s3://photos/tree/ --delete-removed
sync s3://photos/tree/ s3://inbox/tree/
sync s3://photos/tree/ back/
multipart s3://photos
setversioning s3://photos enable
del s3://photos/small.txt
del s3://inbox --recursive --force
rb s3://fresh
"""


def day(recorder, certificate, files):
    host, _, port = recorder.removeprefix("http://").partition(":")
    for style, base, bucket, https in (
            ("path", "s3.local:9000", "s3.local:9000", False),
            ("virtual", "s3.example.com", "%(bucket)s.s3.example.com", True)):
        config = files / f"s3cmd-{style}"
        config.write_text(CONFIG.format(base=base, bucket=bucket, https=https, proxy_host=host,
                                        proxy_port=port, certificate=certificate))
        (files / "part.bin").write_bytes((files / "large.bin").read_bytes()[:1000])
        for line in EVERYDAY.strip().splitlines():
            line = line.format(odd=shlex.quote(ODD), calm=shlex.quote(CALM))
            yield f"s3cmd {line}", ["s3cmd", "--config", config, *shlex.split(line)], {}
