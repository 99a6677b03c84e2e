//! Keys that storages read in different ways: requests for them are not signed, and reach no
//! storage.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_middleware::RemoteSigningError;

use super::Cast;

pub(super) async fn keys_go_nowhere(cast: &Cast) {
    let (s3, bucket) = (&cast.ada, &cast.bucket);
    for (key, code) in [
        ("..", "dot_segment"),
        ("a/../../other/b", "dot_segment"),
        ("a\\..\\b", "dot_segment"),
        ("a/./b", "dot_segment"),
        ("%2e%2e/b", "double_encoded"),
        ("a\tb", "control_char"),
        ("///", "slash_only_key"),
    ] {
        let put = s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"x"));
        assert_eq!(refusal(put.send().await), code, "{key}");
        let get = s3.get_object().bucket(bucket).key(key);
        assert_eq!(refusal(get.send().await), code, "{key}");
    }
}

/// The code of Cargo's refusal; panics if Cargo signed.
fn refusal<T, E: std::error::Error + 'static>(result: Result<T, SdkError<E>>) -> String {
    let error = result.err().expect("it was not refused");
    match RemoteSigningError::find(&error) {
        Some(RemoteSigningError::Invalid { code, .. }) => code.clone().unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}
