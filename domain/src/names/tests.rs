use super::*;

#[test]
fn bucket_names_follow_s3() {
    for name in [
        "abc",
        "a.b-c",
        "0ab",
        "photos",
        "a1.b2.c3",
        "logs-111122223333-us-west-2-an",
        "op-s3",
        "xa-s3-logs",
        &"a".repeat(63),
    ] {
        assert!(BucketName::parse_new(name).is_ok(), "{name}");
    }
    for name in [
        "",
        "ab",
        "Photos",
        "a_b",
        "a..b",
        "a.-b",
        "a-.b",
        "-ab",
        "ab-",
        "ab.",
        "192.168.5.4",
        "999.1.1.1",
        "xn--abc",
        "sthree-x",
        "amzn-s3-demo-x",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--use1-az5--x-s3",
        "abc--table-s3",
        "abc-ext-s3alias",
        "abc-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3",
        "abc--use1-az5--xa-s3",
        "a%62c",
        "a/b",
        &"a".repeat(64),
    ] {
        assert!(BucketName::parse_new(name).is_err(), "{name}");
    }
}

#[test]
fn buckets_with_old_names_are_known_and_access_points_are_not() {
    for name in [
        "My_Bucket",
        "Photos",
        "photos",
        "a_b",
        "a..b",
        "a.-b",
        "ab-",
        "ab_",
        "0AB",
        "UPPER.case-And_all",
        &"a".repeat(64),
        &"A".repeat(255),
    ] {
        assert!(BucketName::parse(name).is_ok(), "{name}");
        assert!(name == "photos" || BucketName::parse_new(name).is_err(), "{name}");
    }
    for name in [
        "",
        "ab",
        "...",
        ".minio.sys",
        "_ab",
        "-ab",
        "ab.",
        "192.168.5.4",
        "999.1.1.1",
        "XN--abc",
        "sthree-x",
        "amzn-s3-demo-x",
        "Abc-s3alias",
        "ABC--X-S3",
        "abc--ol-s3",
        "abc.mrap",
        "a%62c",
        "a/b",
        "a\\b",
        "a b",
        "bücher",
        &"a".repeat(256),
    ] {
        assert!(BucketName::parse(name).is_err(), "{name}");
    }
    let [photos, upper] = ["photos", "Photos"].map(|name| BucketName::parse(name).unwrap());
    assert!(photos.is_twin_of(&upper) && !photos.is_twin_of(&photos));
}

#[test]
fn a_registered_name_that_s3_has_taken_since_is_still_known() {
    for name in ["abc--op-s3", "abc--xa-s3", "photos"] {
        assert_eq!(BucketName::stored(name).unwrap().as_str(), name);
    }
    for name in ["", "a/b", ".minio.sys", "192.168.5.4"] {
        assert!(BucketName::stored(name).is_err(), "{name}");
    }
}

#[test]
fn keys_that_storages_read_differently_are_refused() {
    for key in ["a", "a//b", "folder/", "/lead", "a b+c%d=e&f~", "ünï/códe", "...", "a\\b"] {
        assert!(ObjectKey::parse(key).is_ok(), "{key}");
    }
    for key in
        ["", ".", "a/..", "../a", "a\\..\\b", "//", "\\", "/\\", "a\0", "a\n", "%2e%2E/x", "x%5Cy"]
    {
        assert!(ObjectKey::parse(key).is_err(), "{key}");
    }
}

#[test]
fn a_prefix_covers_whole_segments_only() {
    let team = Prefix::parse("team/a/").unwrap();
    for (key, covered) in
        [("team/a/x", true), ("team/a/", true), ("team/a", false), ("team/a-secret/x", false)]
    {
        assert_eq!(team.covers(key), covered, "{key}");
    }
    assert!(Prefix::parse("team/a").is_err(), "no boundary, no prefix");
    for (prefix, plain) in [
        ("", true),
        ("a/", true),
        ("a b/ü/", true),
        ("/a/", false),
        ("a//", false),
        ("a//b/", false),
        ("a\\b/", false),
    ] {
        assert_eq!(Prefix::parse(prefix).unwrap().demand_plain().is_ok(), plain, "{prefix}");
    }
    assert!(Prefix::parse("f*/").is_ok_and(|prefix| !prefix.covers("foo/x")), "literal bytes");
}
