//! Small and empty objects.

use aws_sdk_s3::primitives::ByteStream;

use super::Cast;
use super::KEYS;

/// The content of an object.
pub(super) async fn content(cast: &Cast, key: &str) -> Vec<u8> {
    let object = cast.ada.get_object().bucket(&cast.bucket).key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

/// The content of every object with an awkward key.
const DIGITS: &[u8] = b"0123456789";

/// Reads objects whole and in part, and their metadata.
pub(super) async fn come_back(cast: &Cast) {
    let (s3, bucket) = (&cast.ada, &cast.bucket);
    for key in KEYS {
        let put = s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(DIGITS));
        let put = put.send().await.unwrap();
        assert_eq!(content(cast, key).await, DIGITS, "{key}");
        let head = s3.head_object().bucket(bucket).key(key).send().await.unwrap();
        assert_eq!((head.content_length, head.e_tag), (Some(10), put.e_tag), "{key}");
        let some = s3.get_object().bucket(bucket).key(key).range("bytes=2-4").send().await.unwrap();
        assert_eq!(some.content_range(), Some("bytes 2-4/10"), "{key}");
        assert_eq!(some.body.collect().await.unwrap().to_vec(), b"234", "{key}");
    }
}

/// Stores an empty object.
pub(super) async fn may_be_empty(cast: &Cast) {
    let (s3, bucket, key) = (&cast.ada, &cast.bucket, "nothing in it");
    s3.put_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(content(cast, key).await, b"");
    let head = s3.head_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(head.content_length, Some(0));
}

/// Copies an object from one awkward key to another.
pub(super) async fn are_copied(cast: &Cast) {
    let (s3, bucket) = (&cast.ada, &cast.bucket);
    for (source, key) in [
        ("a%2Bb", "copies/of a+b"),
        ("%C3%BCn%C3%AFc%C3%B6d%C3%A9/%E6%97%A5%E6%9C%AC%E8%AA%9E%20%F0%9F%98%80", "copies/of ü"),
        ("100%25", "copies/of 100%"),
        ("q%3D1%26r%3D2", "copies/of q&r"),
    ] {
        let copy = s3.copy_object().bucket(bucket).key(key);
        copy.copy_source(format!("{bucket}/{source}")).send().await.unwrap();
        assert_eq!(content(cast, key).await, DIGITS, "{key}");
    }
}

/// Repeated spaces count as one in the signature, and are stored unchanged.
pub(super) async fn keep_what_is_said_of_them(cast: &Cast) {
    let (s3, bucket, key) = (&cast.ada, &cast.bucket, "said of it");
    let put = s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"x"));
    let put =
        put.metadata("note", "a  b   c").metadata("other", "d").cache_control("no-cache,  private");
    put.content_type("text/plain; charset=utf-8").send().await.unwrap();
    let head = s3.head_object().bucket(bucket).key(key).send().await.unwrap();
    let told = head.metadata().unwrap();
    assert_eq!((told["note"].as_str(), told["other"].as_str()), ("a  b   c", "d"));
    assert_eq!(head.cache_control(), Some("no-cache,  private"));
    assert_eq!(head.content_type(), Some("text/plain; charset=utf-8"));
}
