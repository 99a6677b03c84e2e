"""The AWS command line."""

import shlex

from sample import ODD

CONFIG = """
[profile path]
endpoint_url = http://s3.local:9000
s3 =
    addressing_style = path
[profile virtual]
endpoint_url = https://s3.example.com
s3 =
    addressing_style = virtual
[profile unbound]
endpoint_url = https://s3.example.com
request_checksum_calculation = when_required
response_checksum_validation = when_required
s3 =
    addressing_style = virtual
    payload_signing_enabled = false
"""

EVERYDAY = """
s3 mb s3://fresh
s3 ls
s3 cp small.txt s3://photos/small.txt
s3 cp empty s3://photos/empty
s3 cp large.bin s3://photos/large.bin
s3 cp {odd} s3://photos/{odd}
s3 cp small.txt s3://photos/double//slash.txt
s3 cp - s3://photos/stream.txt
s3 cp small.txt s3://photos/labelled.txt --content-type text/plain --cache-control max-age=60 --content-disposition attachment --content-language en --expires 2030-01-01T00:00:00Z --metadata who=ada,when=now
s3 cp small.txt s3://photos/cold.txt --storage-class STANDARD_IA
s3 cp small.txt s3://photos/sealed.txt --sse AES256
s3 cp small.txt s3://photos/private.txt --acl private
s3 cp small.txt s3://photos/summed.txt --checksum-algorithm SHA256
s3 cp large.bin s3://photos/summed.bin --checksum-algorithm SHA1
s3 ls s3://photos
s3 ls s3://photos/ --recursive --human-readable --summarize
s3 ls s3://photos/ --recursive --page-size 2
s3 ls "s3://photos/dir one/a b+c"
s3 cp s3://photos/small.txt down.txt
s3 cp s3://photos/large.bin down.bin
s3 cp s3://photos/{odd} down-odd.txt
s3 cp s3://photos/small.txt down.txt --checksum-mode ENABLED
s3 cp s3://photos/small.txt s3://inbox/copy.txt
s3 cp s3://photos/{odd} s3://inbox/{odd}
s3 cp s3://photos/large.bin s3://inbox/large.bin
s3 cp s3://photos/labelled.txt s3://inbox/labelled.txt --metadata-directive REPLACE --content-type text/html
s3 mv s3://inbox/copy.txt s3://inbox/moved.txt
s3 sync tree s3://photos/tree
s3 sync tree s3://photos/tree --delete
s3 sync s3://photos/tree s3://inbox/tree
s3 sync s3://photos/tree back
s3 rm s3://photos/small.txt
s3 rm s3://inbox --recursive
s3 presign s3://photos/large.bin
s3 website s3://photos --index-document index.html
s3 rb s3://fresh
"""

API = """
s3api head-bucket --bucket photos
s3api get-bucket-location --bucket photos
s3api get-bucket-versioning --bucket photos
s3api put-bucket-versioning --bucket photos --versioning-configuration Status=Enabled
s3api get-bucket-acl --bucket photos
s3api put-object --bucket photos --key plain
s3api put-object --bucket photos --key full --body small.txt --content-md5 sZRqySSS0jR8YjW00mERhA== --tagging a=b&c=d --if-none-match * --expected-bucket-owner 123456789012
s3api head-object --bucket photos --key full
s3api head-object --bucket photos --key full --version-id null --part-number 1
s3api get-object --bucket photos --key full --range bytes=0-2 part.txt
s3api get-object --bucket photos --key full --if-none-match abc --if-modified-since 2020-01-01T00:00:00Z part.txt
s3api get-object --bucket photos --key full --response-content-type text/plain --response-content-disposition attachment part.txt
s3api get-object-attributes --bucket photos --key full --object-attributes ETag ObjectSize
s3api get-object-acl --bucket photos --key full
s3api put-object-acl --bucket photos --key full --acl private
s3api put-object-tagging --bucket photos --key full --tagging TagSet=[{{Key=a,Value=b}}]
s3api get-object-tagging --bucket photos --key full
s3api delete-object-tagging --bucket photos --key full
s3api copy-object --bucket photos --key full-copy --copy-source photos/full --copy-source-if-match "5a8dd3ad0756a93ded72b823b19dd877" --tagging-directive REPLACE --tagging a=b
s3api copy-object --bucket photos --key full-copy --copy-source photos/full?versionId=null
s3api list-objects --bucket photos --delimiter / --prefix tree/ --max-keys 1
s3api list-objects-v2 --bucket photos --delimiter / --start-after a --fetch-owner --max-keys 2
s3api list-objects-v2 --bucket photos --prefix {odd}
s3api list-objects-v2 --bucket photos --optional-object-attributes RestoreStatus
s3api list-object-versions --bucket photos --prefix tree/
s3api list-multipart-uploads --bucket photos
s3api create-multipart-upload --bucket photos --key parts --metadata who=ada --server-side-encryption AES256
s3api upload-part --bucket photos --key parts --upload-id upload-1 --part-number 1 --body small.txt
s3api list-parts --bucket photos --key parts --upload-id upload-1
s3api upload-part-copy --bucket photos --key parts --upload-id upload-1 --part-number 2 --copy-source photos/full --copy-source-range bytes=0-3
s3api abort-multipart-upload --bucket photos --key parts --upload-id upload-1
s3api delete-object --bucket photos --key full
s3api delete-object --bucket photos --key full --version-id null
s3api delete-objects --bucket photos --delete Objects=[{{Key=full-copy}},{{Key=plain}}],Quiet=true
s3api select-object-content --bucket photos --key tree/one.txt --expression "SELECT * FROM s3object" --expression-type SQL --input-serialization CSV={{}} --output-serialization CSV={{}} out
"""

# Commands whose requests differ in virtual-hosted style, or over https.
API_VIRTUAL = """
s3api head-bucket --bucket photos
s3api get-bucket-location --bucket photos
s3api put-object --bucket photos --key full --body small.txt --content-md5 sZRqySSS0jR8YjW00mERhA==
s3api delete-objects --bucket photos --delete Objects=[{{Key=full}}],Quiet=true
"""

UNBOUND = """
s3 cp large.bin s3://photos/large.bin
"""


def day(_recorder, _certificate, files):
    (files / "aws-config").write_text(CONFIG)
    for profile, steps in (("path", EVERYDAY + API), ("virtual", EVERYDAY + API_VIRTUAL), ("unbound", UNBOUND)):
        for line in filter(None, steps.splitlines()):
            line = line.format(odd=shlex.quote(ODD))
            yield f"aws {line}", ["aws", *shlex.split(line)], {"AWS_PROFILE": profile}
