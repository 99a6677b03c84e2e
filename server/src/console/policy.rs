//! What a browser may load and run in the console's pages (Content Security Policy Level 3, Trusted Types).

use crate::domain::WebOrigin;

/// The policy of a page whose style elements have `nonce`, and which sends requests to `origins`.
///
/// Scripts are files of the console. Nothing is framed, no form is sent, no text becomes HTML or script. Previews of
/// images, and of documents in a frame, are blobs; sounds and films come from `origins` as they are played.
pub(super) fn of_page(nonce: &str, origins: &[WebOrigin]) -> String {
    let mut reaches = "'self'".to_owned();
    for origin in origins {
        reaches.extend([" ", origin.as_str()]);
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         connect-src {reaches}; img-src 'self' blob: data:; media-src {reaches}; frame-src blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reaches_the_named_origins_and_no_others() {
        let origin = WebOrigin::parse("https://s3.example.com").unwrap();
        let policy = of_page("abc", &[origin]);
        assert!(policy.contains("connect-src 'self' https://s3.example.com;"), "{policy}");
        assert!(policy.contains("media-src 'self' https://s3.example.com;"), "{policy}");
        assert!(policy.contains("style-src 'self' 'nonce-abc';"), "{policy}");
        for never in ["unsafe", "*", "https:;", "http:;"] {
            assert!(!policy.contains(never), "{policy}");
        }
    }
}
