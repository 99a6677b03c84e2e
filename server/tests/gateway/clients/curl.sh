# curl, with its own signer.
source "$(dirname "$0")/common.sh"

# Prints the answer's body, then its status: as NAME CURL-ARGUMENT… PATH
as() {
    local id=$1_ID secret=$1_SECRET path=${*: -1}
    set -- "${@:2:$#-2}"
    curl -sS --max-time 60 --aws-sigv4 aws:amz:us-east-1:s3 --user "${!id}:${!secret}" \
        -w '%{http_code}' "$@" "$ENDPOINT$path"
}
# The body of a request is named to curl by --upload-file, which it does not hash.
unhashed='x-amz-content-sha256: UNSIGNED-PAYLOAD'
empty='x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
# Old releases do not hash what --data-binary names either: hashed FILE
hashed() { echo "x-amz-content-sha256: $(sha256sum "$1" | cut -d' ' -f1)"; }
denied_as() {
    local printed
    printed=$(as "$@")
    [[ $printed == *'<Code>AccessDenied</Code>'*403 ]] || fail "$*: $printed"
}

# Buckets.
equal "create" 200 "$(as ROOT -X PUT -H "$empty" /made-by-curl)"
[[ $(as ROOT -H "$empty" /) == *"<Name>made-by-curl</Name>"*"<Name>$BUCKET</Name>"*200 ]] || fail "list buckets"
equal "delete" 204 "$(as ROOT -X DELETE -H "$empty" /made-by-curl)"
denied_as ADA -X PUT -H "$empty" /not-hers

# Objects, with what curl sends: Expect: 100-continue for large ones.
for file in none one large; do
    equal "put $file" 200 "$(as ADA -T "$file" -H "$unhashed" "/$BUCKET/$file")"
    equal "get $file" 200 "$(as ADA -o back -H "$empty" "/$BUCKET/$file")"
    cmp "$file" back
done
equal "hashed" 200 "$(as ADA -X PUT --data-binary @one -H "$(hashed one)" -H 'Content-Type: text/x-test' "/$BUCKET/hashed")"
equal "range" 206 "$(as ADA -r 1000-1999 -o back -H "$empty" "/$BUCKET/large")"
cmp back <(tail -c +1001 large | head -c 1000)
equal "head" 200 "$(as ADA -I -o head -H "$empty" "/$BUCKET/large")"
grep -qi '^content-length: 20971520' head || fail "$(cat head)"
equal "copy" 200 "$(as ADA -o back -X PUT -H "$empty" -H "x-amz-copy-source: /$BUCKET/one" "/$BUCKET/copy")"
[[ $(as ADA -H "$empty" "/$BUCKET/copy") == 1200 ]] || fail "the copy"

# A multipart upload.
start=$(as ADA -X POST -H "$empty" "/$BUCKET/parts?uploads=")
upload=$(sed 's/.*<UploadId>\(.*\)<\/UploadId>.*/\1/' <<<"$start" | tail -n 1)
equal "part" 200 "$(as ADA -T large -D head -H "$unhashed" "/$BUCKET/parts?partNumber=1&uploadId=$upload")"
etag=$(sed -n 's/^etag: *\(.*\)\r$/\1/ip' head)
printf '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>' "$etag" >list
[[ $(as ADA -X POST --data-binary @list -H "$(hashed list)" -H 'Content-Type: application/xml' "/$BUCKET/parts?uploadId=$upload") == *"<ETag>"*200 ]] || fail "complete"
equal "parts" 200 "$(as ADA -o back -H "$empty" "/$BUCKET/parts")"
cmp large back

# Tags.
printf '<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>' >tags
if has_tags; then
    equal "put tags" 200 "$(as ADA -X PUT --data-binary @tags -H "$(hashed tags)" -H 'Content-Type: application/xml' "/$BUCKET/one?tagging=")"
    [[ $(as ADA -H "$empty" "/$BUCKET/one?tagging=") == *'<Key>a</Key><Value>b c</Value>'*200 ]] || fail "tags"
    equal "delete tags" 204 "$(as ADA -X DELETE -H "$empty" "/$BUCKET/one?tagging=")"
fi

# Listings with paging.
page=$(as ADA -H "$empty" "/$BUCKET?list-type=2&max-keys=2")
[[ $page == *'<IsTruncated>true</IsTruncated>'*200 ]] || fail "the first page: $page"

# A refused upload is answered before the body is sent, and the connection ends or is read to its end.
denied_as BOB -T large -H "$unhashed" "/$BUCKET/large"
denied_as BOB -H "$empty" "/$BUCKET/one"
denied_as BOB -X DELETE -H "$empty" "/$BUCKET/one"
denied_as BOB -H "$empty" "/$BUCKET?list-type=2"

# The way down to a prefix.
equal "put" 200 "$(as NAV -T one -H "$unhashed" "/$BUCKET/home/nav/docs/x")"
below() { as NAV -H "$empty" "/$BUCKET?delimiter=%2F&list-type=2&prefix=$1"; }
[[ $(below '') == *'<CommonPrefixes><Prefix>home/</Prefix></CommonPrefixes>'*200 ]] || fail "the way down"
[[ $(below home%2F) == *'<CommonPrefixes><Prefix>home/nav/</Prefix></CommonPrefixes>'*200 ]] || fail "the way down"

# Many at once.
printf '<Delete><Object><Key>one</Key></Object><Object><Key>home/nav/docs/x</Key></Object></Delete>' >list
md5="Content-MD5: $(openssl md5 -binary list | base64)"
printed=$(as NAV -X POST --data-binary @list -H "$(hashed list)" -H "$md5" -H 'Content-Type: application/xml' "/$BUCKET?delete=")
[[ $printed == *'<Deleted><Key>home/nav/docs/x</Key></Deleted>'*'<Key>one</Key><Code>AccessDenied</Code>'*200 ]] || fail "$printed"
