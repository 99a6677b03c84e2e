// AWS SDK for JavaScript v3, with its defaults: checksums, streams in chunks, presigned URLs with hoisted headers.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(`${process.env.TEST_S3_CLIENTS}/`);
const S3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const { ENDPOINT: endpoint, BUCKET: Bucket } = process.env;
const SIZE = 20 * 1024 * 1024;

const s3Of = (name, secret = process.env[`${name}_SECRET`]) =>
    new S3.S3Client({
        endpoint,
        region: "us-east-1",
        forcePathStyle: true,
        maxAttempts: 1,
        credentials: { accessKeyId: process.env[`${name}_ID`], secretAccessKey: secret },
    });
const [root, ada, nav, bob] = ["ROOT", "ADA", "NAV", "BOB"].map((name) => s3Of(name));

const ask = (s3, operation, input = {}) => s3.send(new S3[`${operation}Command`]({ Bucket, ...input }));
const put = (s3, Key, Body, more = {}) => ask(s3, "PutObject", { Key, Body, ...more });
const read = async (s3, Key, more = {}) =>
    Buffer.from(await (await ask(s3, "GetObject", { Key, ...more })).Body.transformToByteArray());
const refused = (code, promise) => assert.rejects(promise, (error) => assert.equal(error.name, code) ?? true);
const streamOf = (bytes) =>
    Readable.from(
        (function* () {
            for (let at = 0; at < bytes.length; at += 65536) yield bytes.subarray(at, at + 65536);
        })(),
    );
const pages = async (paginate, input) => {
    const sizes = [];
    for await (const page of paginate({ client: ada, pageSize: 5 }, { Bucket, ...input })) sizes.push(page.Contents.length);
    return sizes;
};

// Buckets.
await ask(root, "CreateBucket", { Bucket: "made-by-js" });
assert.deepEqual((await root.send(new S3.ListBucketsCommand({}))).Buckets.map((it) => it.Name), ["made-by-js", Bucket]);
await ask(root, "DeleteBucket", { Bucket: "made-by-js" });
await refused("AccessDenied", ask(ada, "CreateBucket", { Bucket: "not-hers" }));
await refused("BucketAlreadyOwnedByYou", ask(ada, "CreateBucket"));

// Objects: whole, as a stream in chunks, and in several parts.
const large = randomBytes(SIZE);
for (const [key, body] of [["none", Buffer.alloc(0)], ["one", Buffer.from("1")], ["large", large]]) {
    await put(ada, key, body, { ContentType: "text/x-test", Metadata: { colour: "blue" } });
    assert.ok((await read(ada, key)).equals(body), key);
    const head = await ask(ada, "HeadObject", { Key: key });
    assert.deepEqual([head.ContentLength, head.ContentType, head.Metadata], [body.length, "text/x-test", { colour: "blue" }]);
}
await put(ada, "stream", streamOf(large), { ContentLength: SIZE });
assert.ok((await read(ada, "stream")).equals(large));
assert.equal((await ask(ada, "HeadObject", { Key: "stream" })).ContentEncoding, undefined);
const upload = { client: ada, partSize: 6 * 1024 * 1024, queueSize: 2, params: { Bucket, Key: "parts", Body: streamOf(large) } };
await new Upload(upload).done();
assert.ok((await read(ada, "parts")).equals(large));
assert.ok((await read(ada, "large", { Range: "bytes=1000-1999" })).equals(large.subarray(1000, 2000)));
await refused("InvalidRange", read(ada, "one", { Range: "bytes=5-9" }));
await refused("NoSuchKey", read(ada, "gone"));
await refused("NotFound", ask(ada, "HeadObject", { Key: "gone" }));

// Copies, tags, keys of every kind.
await ask(ada, "CopyObject", { Key: "one again", CopySource: `${Bucket}/one` });
assert.equal(String(await read(ada, "one again")), "1");
// The embedded storage has no tags.
if (process.env.STORAGE !== "embedded") {
    const TagSet = [{ Key: "a", Value: "b c+d" }];
    await ask(ada, "PutObjectTagging", { Key: "one", Tagging: { TagSet } });
    assert.deepEqual((await ask(ada, "GetObjectTagging", { Key: "one" })).TagSet, TagSet);
    await ask(ada, "DeleteObjectTagging", { Key: "one" });
    assert.deepEqual((await ask(ada, "GetObjectTagging", { Key: "one" })).TagSet ?? [], []);
}
for (const key of ["names/a b+c%41.txt", "names/überblick (1)!*'~.txt", "names/日本/語&=?#.txt", "names/a:b@c$,;"]) {
    await put(ada, key, key);
    assert.equal(String(await read(ada, key)), key);
}

// Listings with paging, both versions.
for (let number = 0; number < 12; number++) await put(ada, `list/${number}`, "");
assert.deepEqual(await pages(S3.paginateListObjectsV2, { Prefix: "list/" }), [5, 5, 2]);
const first = await ask(ada, "ListObjects", { Prefix: "list/", MaxKeys: 5 });
const second = await ask(ada, "ListObjects", { Prefix: "list/", Marker: first.Contents.at(-1).Key });
assert.deepEqual([first.IsTruncated, second.Contents.length], [true, 7]);
const top = await ask(ada, "ListObjectsV2", { Delimiter: "/" });
assert.deepEqual(top.CommonPrefixes.map((it) => it.Prefix), ["list/", "names/"]);

// Presigned URLs. The checksum of an empty body stands in the PUT's.
const presigned = (s3, operation, input) =>
    getSignedUrl(s3, new S3[`${operation}Command`]({ Bucket, Key: "by url", ...input }), { expiresIn: 3600 });
const address = await presigned(ada, "PutObject", { ContentType: "text/plain" });
assert.match(address, /x-amz-checksum-crc32/);
const sent = await fetch(address, { method: "PUT", body: "by url", headers: { "content-type": "text/plain" } });
assert.equal(sent.status, 200, await sent.text());
assert.equal(await (await fetch(await presigned(ada, "GetObject"))).text(), "by url");
const denied = await fetch(await presigned(bob, "GetObject"));
assert.equal(denied.status, 403);
assert.match(await denied.text(), /<Code>AccessDenied<\/Code>/);

// Refusals.
await refused("AccessDenied", read(bob, "one"));
await refused("AccessDenied", put(bob, "one", ""));
await refused("AccessDenied", put(bob, "large", large));
await refused("AccessDenied", ask(bob, "DeleteObject", { Key: "one" }));
await refused("AccessDenied", ask(bob, "ListObjectsV2"));
await refused("AccessDenied", read(ada, "x", { Bucket: "nobodys" }));
await refused("SignatureDoesNotMatch", s3Of("ADA", "wrong").send(new S3.ListBucketsCommand({})));

// The way down to a prefix.
await put(nav, "home/nav/docs/x", "x");
for (const [Prefix, below] of [["", "home/"], ["home/", "home/nav/"], ["home/nav/", "home/nav/docs/"]]) {
    const way = await ask(nav, "ListObjectsV2", { Prefix, Delimiter: "/" });
    assert.deepEqual(way.CommonPrefixes.map((it) => it.Prefix), [below]);
}
await refused("AccessDenied", ask(nav, "ListObjectsV2"));

// Many at once.
const mixed = await ask(nav, "DeleteObjects", { Delete: { Objects: [{ Key: "one" }, { Key: "home/nav/docs/x" }] } });
assert.deepEqual(mixed.Deleted.map((it) => it.Key), ["home/nav/docs/x"]);
assert.deepEqual(mixed.Errors.map((it) => [it.Key, it.Code]), [["one", "AccessDenied"]]);
const Objects = (await ask(ada, "ListObjectsV2")).Contents.map(({ Key }) => ({ Key }));
assert.equal((await ask(ada, "DeleteObjects", { Delete: { Objects } })).Deleted.length, Objects.length);
assert.equal((await ask(ada, "ListObjectsV2")).Contents, undefined);
