//! Every query key, and the values that storages issue and get back.

use super::super::Operation;
use super::*;

/// Checks a value, and that no two storages read it in two ways.
fn strict(name: &'static str, value: &str) -> Result<(), Refusal> {
    check(name, value)?;
    let raw = format!("{name}={}", percent::encode(value));
    note_ambiguous(&Query::parse(Some(&raw))?, &mut Ambiguous::new(false))
}

#[test]
fn every_query_key_of_every_operation_has_a_rule() {
    for operation in Operation::ALL {
        for &name in operation.row().queries {
            assert!(Rule::of(name).is_some(), "{operation}: {name}");
        }
    }
    for name in ["x", "", "Prefix", "acl", "versionid", "x-id"] {
        assert_eq!(sentence(name), None, "{name}");
    }
    assert_eq!(check("x", "1").unwrap_err().code(), "query_unknown");
}

#[test]
fn each_value_is_what_its_key_says() {
    let long = "a".repeat(1024);
    let token = "a".repeat(4096);
    let longer = "a".repeat(4097);
    let cases: &[(&'static str, &[&str], &[&str])] = &[
        (
            "versionId",
            &["null", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY", "a=", &long],
            &["", " ", "a b", "a\\b", "a%2Fb", "ü", "..", ".", "a/../b", "../a", "./a", "a/.."],
        ),
        ("uploadId", &["2~x", "2/x"], &["", "a/../../vault", "<x>", "a,b", "a:b", "a;b"]),
        ("version-id-marker", &["", "null", "v1"], &["..", "a b", "a/../b", "\u{7f}"]),
        ("upload-id-marker", &["", "include", "u"], &["..", "a?b", "a&b"]),
        ("marker", &["", "a b/ü+&=~.x", ".", "a/.", "/"], &["..", "a/../b", "a%2F..%2Fb", "./"]),
        ("start-after", &["", "x", "a//b"], &["..", "../x", "a\\..\\b", "%2e%2e/x"]),
        ("key-marker", &["", "x"], &["a/..", "a%5cb", "a%00"]),
        ("prefix", &["", ".", "a/.", ".pro", "a/b"], &["..", "a/..", "a/../", "./", "%2E%2e/"]),
        ("delimiter", &["", "/", "-", ".", "::", "ü"], &["..", "../", "/../", "%2f", &long]),
        (
            "continuation-token",
            &["", "1uE/abc==", "a/b c/ü", "]YS9i", "a%2Fb", "100%", &token],
            &["..", ".", "a/../b", "a/.", "a\\..\\b", "..%2Fa%", "%2e%2E/%zz", "%5c.%5C", &longer],
        ),
        ("max-keys", &["0", "1000", "2147483647"], &["", "-1", "+1", "01", "1e3", "2147483648"]),
        ("max-uploads", &["1"], &["all", " 1"]),
        ("max-parts", &["1"], &["1.0"]),
        ("max-buckets", &["10000"], &["0x10"]),
        ("max-annotation-results", &["1"], &[""]),
        ("part-number-marker", &["0", "10000"], &["", "-1", "x"]),
        ("partNumber", &["1", "10000", "99999"], &["", "0", "01", "100000", "-1", "1 "]),
        ("fetch-owner", &["true", "false"], &["", "True", "1", "yes"]),
        ("encoding-type", &["url"], &["", "URL", "base64", "url "]),
        ("list-type", &["2"], &["", "1", "22"]),
        ("select-type", &["2"], &["", "1"]),
        ("id", &["report-1.a_B"], &["", "a/b", "..%2F", "a b", &long]),
        ("annotationName", &["summary", "a b/ü"], &["", "..", "a/../b", &long]),
        ("annotation-prefix", &["", "sum", "a/"], &["..", &long]),
        ("bucket-region", &["eu-west-1"], &["", "EU", "eu/west", &long]),
        ("response-cache-control", &["no-cache"], &["", " no-cache", "x ", &token]),
        ("response-content-disposition", &["attachment; filename=\"ü.pdf\""], &[""]),
        ("response-content-encoding", &["gzip"], &[""]),
        ("response-content-language", &["de, en"], &[""]),
        ("response-content-type", &["text/plain; charset=utf-8"], &[""]),
        ("response-expires", &["Thu, 01 Dec 2026 16:00:00 GMT"], &[""]),
    ];
    for (name, allowed, refused) in cases {
        for value in *allowed {
            assert_eq!(strict(name, value), Ok(()), "{name}={value:.40}");
        }
        for value in *refused {
            assert!(strict(name, value).is_err(), "{name}={value:.40}");
        }
    }
    let mut named: Vec<_> = Operation::ALL.iter().flat_map(|one| one.row().queries).collect();
    named.retain(|name| !cases.iter().any(|(case, ..)| case == *name));
    assert!(named.is_empty(), "no case for {named:?}");
}

/// Values that storages issue, from their documentation, their source, or observation.
const HANDED_OUT: &[(&str, &str, &str)] = &[
    // The user guide, "Retaining multiple versions of objects", and the API reference.
    ("AWS", "versionId", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo"),
    ("AWS", "versionId", "QUpfdndhfd8438MNFDN93jdnJFkdmqnh893"),
    ("AWS", "versionId", "_Bl5BZg5.MAeI4DOLPAeXUc3nY0MyzVc"),
    ("AWS", "versionId", "null"),
    (
        "AWS",
        "uploadId",
        "xadcOB_7YPBOJuoFiQ9cz4P3Pe6FIZwO4f7wN93uHsNBEw97pl5eNwzExg0LAT2dUN91cOm--",
    ),
    ("AWS", "uploadId", "VXBsb2FkIElEIGZvciBlbHZpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA"),
    ("AWS", "continuation-token", "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="),
    // cmd/xl-storage-format-v2.go, cmd/erasure-multipart.go, cmd/metacache-marker.go.
    ("MinIO", "versionId", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"),
    ("MinIO", "uploadId", "ZGVwbG95bWVudC1pZC54MTc2NDI5MDg5OTQ2NjA5ODk4NQ"),
    ("MinIO", "marker", "a b/c.txt[minio_cache:v2,return:]"),
    ("MinIO", "marker", "a/[minio_cache:v2,id:0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d,p:0,s:0]"),
    ("MinIO", "continuation-token", "YSBiL2MudHh0W21pbmlvX2NhY2hlOnYyLHJldHVybjpd"),
    // src/rgw/rgw_multi.h (`2/` until 2013), rgw_rest_s3.cc; tokens are keys.
    ("Ceph", "uploadId", "2~Q7zNV8pZ0c3a1Xk2yTn5bW9dLrSgUeH"),
    ("Ceph", "uploadId", "2/Q7zNV8pZ0c3a1Xk2yTn5bW9dLrSgUeH"),
    ("Ceph", "versionId", "h1Oe-Xq.M4jT8iYp5mbfWvzKcLr2NsDa"),
    ("Ceph", "continuation-token", "dir one/ü+&=.txt"),
    ("Ceph", "continuation-token", "dir%20one%2F%C3%BC"),
    ("Ceph", "version-id-marker", ""),
    // src/api/s3/list.rs.
    ("Garage", "uploadId", "d5a1b6c9e0f3427891a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708"),
    ("Garage", "continuation-token", "]YSBiL8O8LnR4dA=="),
    ("Garage", "continuation-token", "[YSBiLw=="),
    ("Garage", "upload-id-marker", "include"),
    // weed/s3api/s3api_version_id.go, filer_multipart.go; tokens are keys.
    ("SeaweedFS", "versionId", "7fffe6b1c2d3e4f5a1b2c3d4e5f60718"),
    (
        "SeaweedFS",
        "uploadId",
        "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8_7c9e6679742540de944be07fc1f90ae7",
    ),
    ("SeaweedFS", "continuation-token", "ünïcödé/日本語 😀"),
    // vfs in cmd/serve/s3, gofakes3's uploader and listings.
    ("rclone", "uploadId", "1"),
    ("rclone", "continuation-token", "YSBiL8O8LnR4dA=="),
    // s3s-fs 0.14: an upload is a UUID, a token is a key.
    ("s3s-fs", "uploadId", "6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21"),
    ("s3s-fs", "continuation-token", "a b/c"),
    // Documented examples of S3-compatible services.
    (
        "Backblaze B2",
        "versionId",
        "4_z27c88f1d182b150646ff0b16_f1004ba650fe24e6b_d20150809_m012853_c100_v0009990_t0000",
    ),
    ("Wasabi", "versionId", "001477091298985948117-Xk3N2mL8Qz"),
    ("Google", "versionId", "1764290899466098"),
    ("R2", "uploadId", "ACk7z_9HqvP0nW4d8xZbYc2m5tRjUsLfEoGiKaN1-Q"),
];

#[test]
fn what_storages_hand_out_comes_back() {
    for (storage, name, value) in HANDED_OUT {
        assert_eq!(strict(name, value), Ok(()), "{storage}: {name}={value}");
    }
}

#[test]
fn an_id_is_encoded_where_it_is_part_of_a_url() {
    for raw in ["null", "3%2FL4kq%2BtJ%3d%3D", "2~x", "%61"] {
        assert!(is_encoded_id(raw), "{raw}");
    }
    for raw in ["", "a/b", "a+b", "a=b", "a;b", "%2e%2e", "x%2f..%2fy", "%252F", "%", "%00", "%20"]
    {
        assert!(!is_encoded_id(raw), "{raw}");
    }
}
