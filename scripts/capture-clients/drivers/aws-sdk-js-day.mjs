// The AWS SDK for JavaScript v3, in Node. Its sockets are opened to the recorder.
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { Readable } from "node:stream";
import * as s3 from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const ODD = "dir one/a b+c%d=e&f~g'(h)!i*j;k@l$m:n,o#p[q]_é€.txt";
const recorder = new URL(process.env.RECORDER);
const place = { host: recorder.hostname, port: Number(recorder.port) };
let failures = 0;

function client(style) {
  const plain = new http.Agent();
  plain.createConnection = () => net.connect(place);
  const sealed = new https.Agent();
  const ca = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS);
  sealed.createConnection = (options) => tls.connect({ ...place, servername: options.servername, ca });
  return new s3.S3Client({
    endpoint: style === "path" ? "http://s3.local:9000" : "https://s3.example.com",
    forcePathStyle: style === "path",
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
    requestHandler: { httpAgent: plain, httpsAgent: sealed },
  });
}

function tell(note) {
  const options = { ...place, path: "/-/note", method: "PUT", agent: false };
  return new Promise((done) => http.request(options, (answer) => answer.resume().on("end", done)).end(note));
}

async function step(note, act) {
  await tell(note);
  try {
    return await act();
  } catch (error) {
    failures += 1;
    console.error(`${note}: ${error}`);
  }
}

async function day(style) {
  const storage = client(style);
  const send = (name, input) =>
    step(name, async () => {
      const answer = await storage.send(new s3[`${name}Command`](input));
      await answer.Body?.transformToByteArray();
      return answer;
    });
  const photos = { Bucket: "photos" };
  const small = { ...photos, Key: "small" };
  await send("CreateBucket", { Bucket: "fresh" });
  await send("ListBuckets", {});
  await send("HeadBucket", photos);
  await send("GetBucketLocation", photos);
  await send("PutObject", { ...small, Body: "hello" });
  await send("PutObject", { ...photos, Key: "empty", Body: "" });
  await send("PutObject", { ...photos, Key: ODD, Body: "odd" });
  await send("PutObject", { ...photos, Key: "double//slash", Body: "x" });
  await send("PutObject", { ...photos, Key: "stream", Body: Readable.from(["stream"]), ContentLength: 6 });
  await send("PutObject", {
    ...photos, Key: "full", Body: "full", Metadata: { who: "ada" }, ContentType: "text/plain",
    CacheControl: "max-age=60", StorageClass: "STANDARD_IA", ServerSideEncryption: "AES256",
    ACL: "private", Tagging: "a=b", ChecksumAlgorithm: "SHA256", IfNoneMatch: "*",
  });
  const body = () => fs.createReadStream("large.bin");
  await step("Upload, parts", () =>
    new Upload({ client: storage, partSize: 8 << 20, params: { ...photos, Key: "large", Body: body() } }).done());
  await send("HeadObject", small);
  await send("GetObject", { ...photos, Key: ODD });
  await send("GetObject", { ...small, Range: "bytes=1-2", IfMatch: '"a"', ResponseContentType: "a/b" });
  await send("ListObjects", { ...photos, Prefix: "dir one/", Delimiter: "/" });
  await send("ListObjectsV2", { ...photos, Prefix: ODD, MaxKeys: 2, StartAfter: "a b" });
  await send("ListObjectVersions", photos);
  await send("CopyObject", { Bucket: "inbox", Key: "copy", CopySource: "photos/small" });
  await send("CopyObject", {
    Bucket: "inbox", Key: ODD, CopySource: encodeURIComponent(`photos/${ODD}`), MetadataDirective: "REPLACE",
  });
  await send("PutObjectTagging", { ...small, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } });
  await send("GetObjectTagging", small);
  await send("DeleteObjectTagging", small);
  await send("GetObjectAttributes", { ...small, ObjectAttributes: ["ETag"] });
  const upload = await send("CreateMultipartUpload", { ...photos, Key: "parts" });
  const parts = { ...photos, Key: "parts", UploadId: upload.UploadId };
  await send("UploadPart", { ...parts, PartNumber: 1, Body: "part" });
  await send("UploadPartCopy", { ...parts, PartNumber: 2, CopySource: "photos/small", CopySourceRange: "bytes=0-2" });
  await send("ListParts", parts);
  await send("ListMultipartUploads", photos);
  await send("AbortMultipartUpload", parts);
  await send("DeleteObjects", { ...photos, Delete: { Objects: [{ Key: "empty" }], Quiet: true } });
  await send("DeleteObject", small);
  await send("DeleteBucket", { Bucket: "fresh" });
}

for (const style of ["path", "virtual"]) {
  await day(style);
}
process.exit(failures === 0 ? 0 : 1);
