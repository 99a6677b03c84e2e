# s3cmd, with its own signer.
source "$(dirname "$0")/common.sh"

# With acl_public, it copies no ACL, which is for the application.
for name in ROOT ADA NAV BOB; do
    id=${name}_ID secret=${name}_SECRET
    cat >"$name.cfg" <<CONFIGURATION
[default]
access_key = ${!id}
secret_key = ${!secret}
host_base = ${ENDPOINT#http://}
host_bucket = ${ENDPOINT#http://}
bucket_location = us-east-1
use_https = False
max_retries = 1
acl_public = False
CONFIGURATION
done
as() {
    local name=$1
    shift
    "$PROGRAM" --config="$name.cfg" --no-progress "$@"
}

# Buckets.
as ROOT mb s3://made-by-s3cmd
equal "ls" "s3://made-by-s3cmd s3://$BUCKET" "$(as ROOT ls | awk '{ print $3 }' | xargs)"
as ROOT info s3://made-by-s3cmd
as ROOT rb s3://made-by-s3cmd
denied as ADA mb s3://not-hers

# Objects: one request, and several parts.
for file in none one large; do
    as ADA put --multipart-chunk-size-mb=30 "$file" "s3://$BUCKET/$file"
    as ADA get --force "s3://$BUCKET/$file" back
    cmp "$file" back
done
as ADA put --multipart-chunk-size-mb=6 large "s3://$BUCKET/parts"
as ADA get --force "s3://$BUCKET/parts" back
cmp large back
# A range: what is missing of a file.
head -c 1000 large >back
as ADA get --continue "s3://$BUCKET/large" back
cmp large back
# As the application: it asks for the bucket's CORS as well.
as ROOT info "s3://$BUCKET/large" >printed
grep 'File size: *20971520' printed >/dev/null || fail "info: $(cat printed)"
as ADA cp "s3://$BUCKET/one" "s3://$BUCKET/one copy"
as ADA mv "s3://$BUCKET/one copy" "s3://$BUCKET/one moved+1"
as ADA get --force "s3://$BUCKET/one moved+1" back
cmp one back

# Directories and listings.
as ADA sync many/ "s3://$BUCKET/many/"
# The embedded storage lists no ETag, and it compares these.
if [ "$STORAGE" != embedded ]; then
    mkdir down
    as ADA sync "s3://$BUCKET/many/" down/
    diff -r many down
fi
equal "ls" 12 "$(as ADA ls "s3://$BUCKET/many/" | wc -l)"
as ADA put one "s3://$BUCKET/names/überblick (1) %41.txt"
equal "names" "s3://$BUCKET/names/überblick (1) %41.txt" "$(as ADA ls "s3://$BUCKET/names/" | sed 's/.*s3:/s3:/')"

# Tags.
if has_tags; then
    as ADA settagging "s3://$BUCKET/one" "a=b c"
    as ADA gettagging "s3://$BUCKET/one" >printed
    grep 'b c' printed >/dev/null || fail "tags: $(cat printed)"
    as ADA deltagging "s3://$BUCKET/one"
fi

# Its presigned URLs are of signature version 2, which is refused.
refusal=$(curl -sS "$(as ADA signurl "s3://$BUCKET/one" +3600)")
[[ $refusal == *'<Code>InvalidRequest</Code>'*AWS4-HMAC-SHA256* ]] || fail "signature version 2: $refusal"

# Refusals.
denied as BOB ls "s3://$BUCKET"
denied as BOB put one "s3://$BUCKET/one"
denied as BOB get --force "s3://$BUCKET/one" back
denied as BOB del "s3://$BUCKET/one"

# The way down to a prefix.
as NAV put one "s3://$BUCKET/home/nav/docs/x"
equal "ls" "s3://$BUCKET" "$(as NAV ls | awk '{ print $3 }')"
for way in / /home/ /home/nav/; do
    as NAV ls "s3://$BUCKET$way" | awk '{ print $2 }'
done >printed
equal "the way down" "s3://$BUCKET/home/ s3://$BUCKET/home/nav/ s3://$BUCKET/home/nav/docs/" "$(xargs <printed)"
denied as NAV ls --recursive "s3://$BUCKET"

# Many at once.
as ADA del --recursive --force "s3://$BUCKET"
equal "what is left" "" "$(as ADA ls --recursive "s3://$BUCKET")"
