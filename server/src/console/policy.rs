//! What a browser may load and run in the console's pages (Content Security Policy Level 3, Trusted Types).

use std::collections::BTreeSet;

use crate::domain::WebOrigin;

/// The policy of a page whose style elements have `nonce`, which finds objects at `gateway`, and whose users sign in at
/// `auth`, too.
///
/// Scripts are files of the console. Nothing is framed, no form is sent, no text becomes HTML or script. Previews of
/// images, and of documents in a frame, are blobs; sounds and films come from the gateway as they are played.
pub(super) fn of_page(
    nonce: &str,
    gateway: Option<&WebOrigin>,
    auth: &BTreeSet<WebOrigin>,
) -> String {
    let and = |origin: &WebOrigin| format!(" {}", origin.as_str());
    let gateway = gateway.map(and).unwrap_or_default();
    let auth: String = auth.iter().map(and).collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         connect-src 'self'{gateway}{auth}; img-src 'self' blob: data:; media-src 'self'{gateway}; \
         frame-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reaches_the_named_origins_and_no_others() {
        let origin = |url| WebOrigin::parse(url).unwrap();
        let gateway = origin("https://s3.example.com");
        let auth = BTreeSet::from([origin("https://auth.example.com")]);
        let policy = of_page("abc", Some(&gateway), &auth);
        for part in [
            "connect-src 'self' https://s3.example.com https://auth.example.com;",
            "media-src 'self' https://s3.example.com;",
            "style-src 'self' 'nonce-abc';",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        for never in ["unsafe", "*", "https:;", "http:;"] {
            assert!(!policy.contains(never), "{policy}");
        }
        assert!(of_page("abc", None, &BTreeSet::new()).contains("connect-src 'self'; "));
    }
}
