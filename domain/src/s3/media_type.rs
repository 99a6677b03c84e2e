//! The media types that no browser executes: a presigned URL may request these as `Content-Type`.

/// Passive types, by the part before the slash. None is XML or ends in `+xml`: browsers take these
/// for documents with scripts (HTML §7.5, "Loading XML documents").
const PASSIVE: &[(&str, &[&str])] = &[
    ("text", &["plain", "csv", "tab-separated-values", "markdown", "calendar", "vcard", "vtt"]),
    (
        "image",
        &[
            "png",
            "jpeg",
            "gif",
            "webp",
            "avif",
            "apng",
            "bmp",
            "tiff",
            "heic",
            "heif",
            "jxl",
            "x-icon",
            "vnd.microsoft.icon",
        ],
    ),
    (
        "audio",
        &[
            "mpeg", "mp4", "aac", "ogg", "opus", "flac", "wav", "x-wav", "webm", "midi", "aiff",
            "x-aiff", "x-m4a", "3gpp",
        ],
    ),
    (
        "video",
        &[
            "mp4",
            "mpeg",
            "ogg",
            "webm",
            "quicktime",
            "x-msvideo",
            "x-matroska",
            "mp2t",
            "3gpp",
            "x-m4v",
        ],
    ),
    ("font", &["woff", "woff2", "ttf", "otf", "collection"]),
    (
        "application",
        &[
            "octet-stream",
            "json",
            "x-ndjson",
            "jsonl",
            "geo+json",
            "ld+json",
            "cbor",
            "yaml",
            "toml",
            "pdf",
            "rtf",
            "postscript",
            "msword",
            "vnd.ms-excel",
            "vnd.ms-powerpoint",
            "vnd.openxmlformats-officedocument.wordprocessingml.document",
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "vnd.openxmlformats-officedocument.presentationml.presentation",
            "vnd.oasis.opendocument.text",
            "vnd.oasis.opendocument.spreadsheet",
            "vnd.oasis.opendocument.presentation",
            "epub+zip",
            "zip",
            "gzip",
            "x-gzip",
            "zstd",
            "x-tar",
            "x-bzip2",
            "x-xz",
            "x-7z-compressed",
            "vnd.rar",
            "ogg",
            "mp4",
            "dicom",
            "x-protobuf",
            "vnd.apache.parquet",
            "vnd.apache.avro",
            "vnd.android.package-archive",
            "x-apple-diskimage",
            "x-iso9660-image",
            "x-hdf5",
            "x-sqlite3",
            "vnd.sqlite3",
        ],
    ),
];

/// Whether this is a single passive type, with at most plain parameters (RFC 9110 §8.3.1).
pub(super) fn is_passive(media_type: &str) -> bool {
    let lower = media_type.to_ascii_lowercase();
    let mut parts = lower.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_listed = essence.split_once('/').is_some_and(|(kind, name)| {
        PASSIVE.iter().any(|(listed, names)| *listed == kind && names.contains(&name))
    });
    is_listed && parts.all(is_parameter)
}

/// Whether this is a parameter: a token and a token or quoted value. No commas: another parser may
/// split the value there.
fn is_parameter(text: &str) -> bool {
    let token = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
        !text.is_empty() && text.bytes().all(plain)
    };
    text.split_once('=').is_some_and(|(name, value)| {
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        token(name) && token(quoted.unwrap_or(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_that_no_browser_runs_are_passive() {
        for media_type in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "application/xslt+xml",
            "application/atom+xml",
            "application/mathml+xml",
            "image/png+xml",
            "text/xml",
            "application/xml",
            "application/xml-dtd",
            "application/javascript",
            "application/x-javascript",
            "text/ecmascript",
            "text/js",
            "text/css",
            "text/vbscript",
            "text/x-component",
            "text/cache-manifest",
            "text/event-stream",
            "application/wasm",
            "application/x-shockwave-flash",
            "application/java-archive",
            "application/hta",
            "application/x-ms-application",
            "application/vnd.wap.xhtml+xml",
            "application/signed-exchange",
            "message/rfc822",
            "multipart/x-mixed-replace",
            "multipart/related",
            "application/x-mimearchive",
            "a/json",
            "image/*",
            "*/*",
            "unknown/unknown",
            "html",
            "",
            "/",
            "text/plain,text/html",
            "text/plain; charset=utf-8, text/html",
            "text/plain;x=\"a\", text/html",
            "text/plain; <b>",
            "text/plain;",
            "text/plain/html",
        ] {
            assert!(!is_passive(media_type), "{media_type}");
        }
        for media_type in [
            "application/pdf",
            "image/png",
            "Image/JPEG",
            "text/plain; charset=utf-8",
            "text/csv;charset=\"utf-8\"; header=present",
            "application/json",
            "application/octet-stream",
            "video/mp4",
        ] {
            assert!(is_passive(media_type), "{media_type}");
        }
    }
}
