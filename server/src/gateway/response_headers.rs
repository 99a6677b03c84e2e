//! Which headers of a storage's answer reach the client (G22).

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName,
    LAST_MODIFIED, RETRY_AFTER,
};

/// Names that pass, beside `x-amz-*`. Of those that begin with `content-` these describe an object's bytes
/// (G22). All others are for a browser (`content-security-policy`, with or without `-report-only`), or name
/// the storage's own place (`content-location`): whoever runs the storage would decide by them what a
/// page of the gateway's host does.
const PASS: [HeaderName; 14] = [
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_DISPOSITION,
    HeaderName::from_static("content-md5"),
    ETAG,
    LAST_MODIFIED,
    ACCEPT_RANGES,
    CACHE_CONTROL,
    EXPIRES,
    DATE,
    RETRY_AFTER,
];
/// Names that Cargo answers itself: they would name the storage's own request, host and region.
const OWN: [&str; 3] = ["x-amz-id-2", "x-amz-request-id", "x-amz-bucket-region"];

/// The headers that pass. All others are dropped: those of one connection, cookies, the storage's CORS
/// answers, and what describes the storage.
pub(super) fn passed(from: &HeaderMap) -> HeaderMap {
    let mut to = HeaderMap::with_capacity(from.len());
    for (name, value) in from.iter().filter(|(name, _)| passes(name)) {
        to.append(name, value.clone());
    }
    to
}

fn passes(name: &HeaderName) -> bool {
    let text = name.as_str();
    !OWN.contains(&text) && (text.starts_with("x-amz-") || PASS.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g22_only_listed_headers_reach_the_client() {
        for (name, passes_through) in [
            ("content-type", true),
            ("content-length", true),
            ("content-range", true),
            ("content-encoding", true),
            ("etag", true),
            ("last-modified", true),
            ("accept-ranges", true),
            ("cache-control", true),
            ("expires", true),
            ("date", true),
            ("retry-after", true),
            ("x-amz-version-id", true),
            ("x-amz-meta-colour", true),
            ("x-amz-checksum-crc32", true),
            ("x-amz-id-2", false),
            ("x-amz-request-id", false),
            ("x-amz-bucket-region", false),
            ("content-language", true),
            ("content-disposition", true),
            ("content-md5", true),
            ("content-security-policy", false),
            ("content-security-policy-report-only", false),
            ("content-location", false),
            ("content-script-type", false),
            ("content-style-type", false),
            ("content-base", false),
            ("content-dpr", false),
            ("reporting-endpoints", false),
            ("report-to", false),
            ("nel", false),
            ("clear-site-data", false),
            ("refresh", false),
            ("link", false),
            ("sourcemap", false),
            ("permissions-policy", false),
            ("cross-origin-opener-policy", false),
            ("service-worker-allowed", false),
            ("access-control-allow-origin", false),
            ("connection", false),
            ("transfer-encoding", false),
            ("server", false),
            ("set-cookie", false),
            ("location", false),
            ("www-authenticate", false),
            ("strict-transport-security", false),
            ("alt-svc", false),
            ("x-powered-by", false),
            ("trailer", false),
            ("keep-alive", false),
        ] {
            let mut from = HeaderMap::new();
            from.insert(HeaderName::from_static(name), "value".parse().unwrap());
            assert_eq!(passed(&from).contains_key(name), passes_through, "{name}");
        }
    }

    #[test]
    fn g22_a_header_of_several_lines_keeps_them() {
        let mut from = HeaderMap::new();
        from.append("x-amz-meta-a", "1".parse().unwrap());
        from.append("x-amz-meta-a", "2".parse().unwrap());
        assert_eq!(passed(&from).get_all("x-amz-meta-a").iter().count(), 2);
    }
}
