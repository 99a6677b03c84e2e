# rclone, which uses aws-sdk-go-v2.
source "$(dirname "$0")/common.sh"
export RCLONE_CONFIG=$PWD/rclone.conf RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1

for name in ROOT ADA NAV BOB; do
    id=${name}_ID secret=${name}_SECRET
    cat >>rclone.conf <<REMOTE
[$name]
type = s3
provider = Other
endpoint = $ENDPOINT
region = us-east-1
access_key_id = ${!id}
secret_access_key = ${!secret}
force_path_style = true

REMOTE
done

# Buckets.
"$PROGRAM" mkdir ROOT:made-by-rclone
equal "lsd" "made-by-rclone $BUCKET" "$("$PROGRAM" lsf --dirs-only ROOT: | tr -d / | xargs)"
"$PROGRAM" rmdir ROOT:made-by-rclone
denied "$PROGRAM" mkdir ADA:not-hers

# Objects: one request, and several parts.
for file in none one large; do
    "$PROGRAM" copyto "$file" "ADA:$BUCKET/$file"
    "$PROGRAM" copyto "ADA:$BUCKET/$file" back
    cmp "$file" back
done
"$PROGRAM" copyto --s3-upload-cutoff 5M --s3-chunk-size 6M large "ADA:$BUCKET/parts"
"$PROGRAM" cat "ADA:$BUCKET/parts" | cmp - large
"$PROGRAM" cat --offset 1000 --count 1000 "ADA:$BUCKET/large" | cmp - <(tail -c +1001 large | head -c 1000)
"$PROGRAM" rcat "ADA:$BUCKET/from stdin" <large
"$PROGRAM" cat "ADA:$BUCKET/from stdin" | cmp - large
"$PROGRAM" copyto --s3-use-unsigned-payload=true one "ADA:$BUCKET/unsigned"
equal "size" 20971520 "$("$PROGRAM" lsf --format s "ADA:$BUCKET/large")"
"$PROGRAM" copyto "ADA:$BUCKET/one" "ADA:$BUCKET/one copy"
"$PROGRAM" moveto "ADA:$BUCKET/one copy" "ADA:$BUCKET/one moved"
equal "the moved object" 1 "$("$PROGRAM" cat "ADA:$BUCKET/one moved")"
"$PROGRAM" copyto --s3-copy-cutoff 6M "ADA:$BUCKET/large" "ADA:$BUCKET/large copy"

# Directories and listings.
"$PROGRAM" sync many "ADA:$BUCKET/many"
"$PROGRAM" check many "ADA:$BUCKET/many"
equal "pages" 12 "$("$PROGRAM" lsf --s3-list-chunk 5 "ADA:$BUCKET/many" | wc -l)"
equal "version 1" 12 "$("$PROGRAM" lsf --s3-list-version 1 --s3-list-chunk 5 "ADA:$BUCKET/many" | wc -l)"
for key in 'names/a b+c%41' "names/überblick (1)!*'~" 'names/日本/語&=#'; do
    "$PROGRAM" rcat "ADA:$BUCKET/$key" <one
    equal "$key" 1 "$("$PROGRAM" cat "ADA:$BUCKET/$key")"
done
equal "names" 3 "$("$PROGRAM" lsf -R --files-only "ADA:$BUCKET/names" | wc -l)"

# Presigned, which it does for its uploads as well when it is told so.
equal "presigned" 1 "$(curl -sS "$("$PROGRAM" link "ADA:$BUCKET/one")")"
"$PROGRAM" copyto --s3-use-presigned-request one "ADA:$BUCKET/presigned"
equal "presigned PUT" 1 "$("$PROGRAM" cat "ADA:$BUCKET/presigned")"

# Refusals.
denied "$PROGRAM" lsf "BOB:$BUCKET"
denied "$PROGRAM" copyto one "BOB:$BUCKET/one"
denied "$PROGRAM" copyto --s3-no-check-bucket one "BOB:$BUCKET/one"
denied "$PROGRAM" copyto "BOB:$BUCKET/one" back
denied "$PROGRAM" deletefile "BOB:$BUCKET/one"

# The way down to a prefix. It creates the bucket before it uploads, which is answered without being done. Without the
# slash at the end it asks first for an object of that name, and takes a refusal for one.
"$PROGRAM" copyto one "NAV:$BUCKET/home/nav/docs/x"
below() { "$PROGRAM" lsd "$1" | awk '{ print $NF }' | xargs; }
equal "lsd" "$BUCKET" "$(below NAV:)"
equal "lsd of the bucket" home "$(below "NAV:$BUCKET")"
equal "lsd of the way" nav "$(below "NAV:$BUCKET/home/")"
equal "lsd of the prefix" docs "$(below "NAV:$BUCKET/home/nav/")"
denied "$PROGRAM" lsf "NAV:$BUCKET/many/"

# Many at once.
"$PROGRAM" delete "ADA:$BUCKET/many"
"$PROGRAM" delete "ADA:$BUCKET"
equal "what is left" "" "$("$PROGRAM" lsf -R --files-only "ADA:$BUCKET")"
