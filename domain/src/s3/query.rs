//! The query (N6): literal names, values decoded once, no parameters of a signature.

use std::borrow::Cow;

use super::{Refusal, percent, query_value};
use crate::limits;

/// The decoded pairs of a query, in the order they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<Pair>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    name: String,
    /// `None` if the pair has no `=`.
    value: Option<String>,
}

impl Query {
    /// Reads the text after the `?`.
    ///
    /// # Errors
    /// [`Refusal`] if there are more than 64 pairs or a pair is empty; if a name is escaped, is
    /// repeated in any case, or belongs to a presigned URL; if a value has a raw `+` or `;`, or in
    /// ids a raw `/` or `=`.
    pub(super) fn parse(raw: Option<&str>) -> Result<Self, Refusal> {
        let Some(raw) = raw.filter(|raw| !raw.is_empty()) else { return Ok(Self::default()) };
        if raw.split('&').nth(limits::MAX_QUERY_PAIRS).is_some() {
            return Err(Refusal::QueryLimit);
        }
        let mut pairs: Vec<Pair> = Vec::new();
        for part in raw.split('&') {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (part, None),
            };
            // A raw `;` is an old pair separator: other parsers would read the query differently.
            if name.contains(';') {
                return Err(Refusal::QueryValue(name.to_owned()));
            }
            check_name(name)?;
            if pairs.iter().any(|pair| pair.name.eq_ignore_ascii_case(name)) {
                return Err(Refusal::QueryDuplicate(name.to_owned()));
            }
            let value = value.map(|value| decode_value(name, value)).transpose()?;
            pairs.push(Pair { name: name.to_owned(), value });
        }
        Ok(Self(pairs))
    }

    /// The value of `name`; empty if it has none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|pair| pair.name == name)?;
        Some(pair.value.as_deref().unwrap_or_default())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs().map(|(name, _)| name)
    }

    /// Names with their values; the value is empty if a name has none.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|pair| (pair.name.as_str(), pair.value.as_deref().unwrap_or_default()))
    }

    /// Writes the query as it will be signed and sent: in the same order, with every value encoded
    /// again.
    pub(super) fn write_to(&self, url: &mut String) {
        for (position, pair) in self.0.iter().enumerate() {
            url.push(if position == 0 { '?' } else { '&' });
            url.push_str(&pair.name);
            if let Some(value) = &pair.value {
                url.push('=');
                percent::encode_into(url, value);
            }
        }
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if !starts || !bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Refusal::QueryName);
    }
    let lower = name.to_ascii_lowercase();
    let signs = lower.starts_with("x-amz-")
        || matches!(lower.as_str(), "awsaccesskeyid" | "signature" | "expires");
    if signs { Err(Refusal::QueryAuth(name.to_owned())) } else { Ok(()) }
}

fn decode_value(name: &str, value: &str) -> Result<String, Refusal> {
    if value.contains(query_value::unencoded(name)) {
        return Err(Refusal::QueryValue(name.to_owned()));
    }
    percent::decode(value, "query value").map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_routers_disagree_about() {
        for (raw, code) in [
            ("&acl", "query_name"),
            ("acl&", "query_name"),
            ("%61cl", "query_name"),
            ("acl%3D", "query_name"),
            ("=x", "query_name"),
            ("a=1&a=2", "query_duplicate"),
            ("versionId=1&versionid=2", "query_duplicate"),
            ("X-Amz-Signature=x", "query_auth_or_header"),
            ("x-amz-acl=public-read", "query_auth_or_header"),
            ("AWSAccessKeyId=x", "query_auth_or_header"),
            ("expires=1", "query_auth_or_header"),
            ("prefix=a+b", "query_value_syntax"),
            ("list-type=2;policy", "query_value_syntax"),
            ("versionId=a/b", "query_value_syntax"),
            ("versionId=a=", "query_value_syntax"),
            ("uploadId=a+b", "query_value_syntax"),
            ("upload-id-marker=a/b", "query_value_syntax"),
            ("prefix=%ff", "not_utf8"),
            ("prefix=%0d%0a", "control_char"),
        ] {
            assert_eq!(Query::parse(Some(raw)).unwrap_err().code(), code, "{raw}");
        }
    }

    #[test]
    fn a_flood_of_pairs_is_refused_before_it_is_looked_at() {
        let query = |count: usize| {
            let names: Vec<_> = (0..count).map(|number| format!("a{number}")).collect();
            Query::parse(Some(&names.join("&"))).map_err(|refusal| refusal.code())
        };
        assert!(query(64).is_ok());
        assert_eq!(query(65), Err("query_limit"));
        // The limit applies before any other check.
        assert_eq!(Query::parse(Some(&"&".repeat(8000))).unwrap_err().code(), "query_limit");
    }

    #[test]
    fn keeps_order_and_bare_keys() {
        let mut url = String::new();
        let raw = "list-type=2&prefix=a%20b%2f&uploads&delete=";
        Query::parse(Some(raw)).unwrap().write_to(&mut url);
        assert_eq!(url, "?list-type=2&prefix=a%20b%2F&uploads&delete=");
    }
}
