# aws-cli: `aws s3` and `aws s3api`.
source "$(dirname "$0")/common.sh"
export AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=us-east-1 AWS_MAX_ATTEMPTS=1 AWS_PAGER=

# Without this, version 1 presigns with Signature Version 2.
export AWS_CONFIG_FILE=$PWD/config
printf '[default]\ns3 =\n    signature_version = s3v4\n' >config

as() {
    local id=$1_ID secret=$1_SECRET
    shift
    AWS_ACCESS_KEY_ID=${!id} AWS_SECRET_ACCESS_KEY=${!secret} "$PROGRAM" --endpoint-url "$ENDPOINT" "$@"
}

# Buckets.
as ROOT s3 mb s3://made-by-aws
equal "aws s3 ls" "made-by-aws $BUCKET" "$(as ROOT s3 ls | awk '{ print $3 }' | xargs)"
as ROOT s3 rb s3://made-by-aws
denied as ADA s3 mb s3://not-hers

# Objects: one request, and several parts.
for file in none one large; do
    as ADA s3 cp --quiet "$file" "s3://$BUCKET/$file"
    as ADA s3 cp --quiet "s3://$BUCKET/$file" back
    cmp "$file" back
done
as ADA s3api put-object --bucket "$BUCKET" --key whole --body large --content-type text/x-test >printed
as ADA s3api get-object --bucket "$BUCKET" --key whole --range bytes=1000-1999 back >printed
cmp back <(tail -c +1001 large | head -c 1000)
equal "head-object" "20971520 text/x-test" \
    "$(as ADA s3api head-object --bucket "$BUCKET" --key whole --query '[ContentLength, ContentType]' --output text | xargs)"
as ADA s3 cp --quiet - "s3://$BUCKET/from stdin" <large
as ADA s3 cp --quiet "s3://$BUCKET/from stdin" - | cmp - large
as ADA s3 cp --quiet "s3://$BUCKET/large" "s3://$BUCKET/large copy"
as ADA s3 cp --quiet "s3://$BUCKET/one" "s3://$BUCKET/one copy"
as ADA s3 mv --quiet "s3://$BUCKET/one copy" "s3://$BUCKET/one moved"
equal "the moved object" 1 "$(as ADA s3 cp "s3://$BUCKET/one moved" -)"

# Directories and listings.
as ADA s3 sync --quiet many "s3://$BUCKET/many"
equal "a second sync" "" "$(as ADA s3 sync many "s3://$BUCKET/many")"
mkdir down
as ADA s3 sync --quiet "s3://$BUCKET/many" down
diff -r many down
pages=$(as ADA s3api list-objects-v2 --bucket "$BUCKET" --prefix many/ --page-size 5 --query 'length(Contents)' --output text)
equal "pages" "5 5 2" "$(xargs <<<"$pages")"
equal "aws s3 ls" 12 "$(as ADA s3 ls --page-size 5 "s3://$BUCKET/many/" | wc -l)"

# Tags.
if has_tags; then
    as ADA s3api put-object-tagging --bucket "$BUCKET" --key one --tagging 'TagSet=[{Key=a,Value=b c}]'
    equal "tags" "a b c" \
        "$(as ADA s3api get-object-tagging --bucket "$BUCKET" --key one --query 'TagSet[].[Key,Value]' --output text | xargs)"
    as ADA s3api delete-object-tagging --bucket "$BUCKET" --key one
fi

# A presigned GET; it makes no others.
equal "presigned" 1 "$(curl -sS "$(as ADA s3 presign "s3://$BUCKET/one")")"
equal "presigned by a user without a grant" 403 "$(curl -sS -o back -w '%{http_code}' "$(as BOB s3 presign "s3://$BUCKET/one")")"

# Refusals.
denied as BOB s3 ls "s3://$BUCKET"
denied as BOB s3 cp one "s3://$BUCKET/one"
denied as BOB s3 cp large "s3://$BUCKET/large"
denied as BOB s3 cp "s3://$BUCKET/one" back
denied as BOB s3 rm "s3://$BUCKET/one"
denied as BOB s3api head-bucket --bucket "$BUCKET"

# The way down to a prefix.
as NAV s3 cp --quiet one "s3://$BUCKET/home/nav/docs/x"
equal "ls" "$BUCKET" "$(as NAV s3 ls | awk '{ print $3 }')"
equal "ls of the bucket" "PRE home/" "$(as NAV s3 ls "s3://$BUCKET" | xargs)"
equal "ls of the way" "PRE nav/" "$(as NAV s3 ls "s3://$BUCKET/home/" | xargs)"
equal "ls of the prefix" "PRE docs/" "$(as NAV s3 ls "s3://$BUCKET/home/nav/" | xargs)"
denied as NAV s3 ls --recursive "s3://$BUCKET"
denied as NAV s3 ls "s3://$BUCKET/many/"

# Many at once.
as ADA s3api delete-objects --bucket "$BUCKET" --delete 'Objects=[{Key=one},{Key=none}]' >printed
as ADA s3 rm --quiet --recursive "s3://$BUCKET"
equal "what is left" "" "$(as ADA s3 ls --recursive "s3://$BUCKET")"
