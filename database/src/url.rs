//! The URL of the database.

use std::path::{Path, PathBuf};

use crate::grip;

/// The location of the database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `postgres://…`, with the password and the options for TLS.
    Postgres(String),
    /// `sqlite:path`: one file.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Parses `postgres://…`, `postgresql://…` or `sqlite:path`.
    ///
    /// # Errors
    /// Any other scheme, and URLs that libpq would misread: its error text repeats what it read,
    /// which may be the password. A bare path is refused, too, because a misspelt scheme must not
    /// create a file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|it| text.strip_prefix(it));
        if let Some(rest) = rest {
            demand_readable(rest)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => {
                Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into()))
            }
            _ => Err("a database URL starts with sqlite: or postgres://".to_owned()),
        }
    }

    /// The path of the SQLite file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// Refuses a URL that libpq would read in another way than intended (see its
/// `conninfo_uri_parse_options`). `rest` is the part after the scheme. The error text repeats
/// nothing of it.
fn demand_readable(rest: &str) -> Result<(), String> {
    demand_encoded(rest)?;
    let (place, pairs) = split(rest);
    let hosts = place.split('/').next().unwrap_or_default();
    // libpq takes the text after a stray `@` for a host name and repeats it in errors.
    if !hosts.split(',').all(is_host) || place.contains('@') {
        let help = "`/`, `?`, `#`, `:` and `@` in a password are percent-encoded";
        return Err(format!("a host is a name with an optional port, a number: {help}"));
    }
    let is_pair = |pair: &str| pair.is_empty() || pair.matches('=').count() == 1;
    if !pairs.unwrap_or_default().split('&').all(is_pair) {
        return Err("after the `?` come pairs `name=value`, separated by `&`".to_owned());
    }
    Ok(())
}

/// Refuses characters that no URL may contain, and invalid percent-encodings.
fn demand_encoded(rest: &str) -> Result<(), String> {
    const PASSWORD: &str = "in a password it is percent-encoded";
    if let Some(odd) = rest.chars().find(|one| one.is_whitespace() || one.is_control()) {
        return Err(format!("a URL must not contain {}: {PASSWORD}", odd.escape_unicode()));
    }
    let is_hex = |escape: &str| {
        let digits = escape.as_bytes().get(..2).unwrap_or_default();
        digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit) && digits != b"00"
    };
    if !rest.split('%').skip(1).all(is_hex) {
        return Err(format!("% is followed by two hexadecimal digits: {PASSWORD} (%25)"));
    }
    Ok(())
}

/// Whether the text is a name or an address, with an optional port.
fn is_host(host: &str) -> bool {
    let port = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, after)) => after.strip_prefix(':').or(after.is_empty().then_some("")),
        None => Some(host.split_once(':').map_or("", |(_, port)| port)),
    };
    port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
}

/// The part after user and password, and the part after its question mark, where libpq splits them.
/// A question mark in the password does not count.
fn split(rest: &str) -> (&str, Option<&str>) {
    let place = match rest.find(['@', '/']) {
        Some(end) if rest[end..].starts_with('@') => &rest[end + 1..],
        _ => rest,
    };
    place.split_once('?').map_or((place, None), |(place, pairs)| (place, Some(pairs)))
}

/// The libpq parameters that limit waits for a silent peer, unless the URL sets them: seconds to
/// connect, milliseconds until sent data is acknowledged, and keepalives for an idle connection
/// (PostgreSQL documentation, 34.1.2).
const LIBPQ: [(&str, &str); 6] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "5000"),
    ("keepalives", "1"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

impl DatabaseUrl {
    /// The URL with a limit on every wait of libpq.
    pub(crate) fn with_deadlines(self) -> Self {
        let Self::Postgres(mut url) = self else { return self };
        let given = parameters(&url).map(ToOwned::to_owned);
        let is_given = |name: &str| {
            let mut pairs = given.as_deref().unwrap_or_default().split('&');
            pairs.any(|pair| pair.split('=').next() == Some(name))
        };
        let mut mark = match given.as_deref() {
            None => "?",
            Some("") => "",
            Some(_) => "&",
        };
        for (name, value) in LIBPQ.iter().filter(|(name, _)| !is_given(name)) {
            url.extend([mark, name, "=", value]);
            mark = "&";
        }
        Self::Postgres(url)
    }

    /// The URL for one connection, with a mark near the URL's `tcp_user_timeout` (libpq takes the
    /// last value), and the mark. `None` for SQLite, and if the URL disables the timeout.
    pub(crate) fn marked(&self) -> Option<(String, u32)> {
        let Self::Postgres(url) = self else { return None };
        let mut pairs = parameters(url).unwrap_or_default().split('&');
        let given = pairs.find_map(|pair| pair.strip_prefix("tcp_user_timeout="));
        let millis = given.and_then(|text| text.parse().ok()).filter(|millis| *millis > 0);
        let mark = grip::mark(millis?);
        Some((format!("{url}&tcp_user_timeout={mark}"), mark))
    }
}

/// The part of a URL after its question mark.
fn parameters(url: &str) -> Option<&str> {
    split(url.split_once("://")?.1).1
}

/// Shows the kind and the file, never a password.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("postgres://…"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_libpq_would_misread_is_refused_and_not_repeated() {
        for url in [
            "cargo:hush hush@h/db",
            "cargo:hush\u{a0}@h/db",
            "cargo:hush/x@h/db",
            "cargo:hush%zz@h/db",
            "cargo:hush%@h/db",
            "cargo:hush%00@h/db",
            "cargo:hu@hush@h/db",
            "cargo:12345/hush@h/db",
            "cargo:p@hush/word@h:9/db",
            "cargo/hush@h/db",
            "cargo@h:hush/db",
            "h,h:hush/db",
            "[::1]hush/db",
            "h/db?password=hush=x",
            "h/db?hush",
        ] {
            let told = DatabaseUrl::parse(&format!("postgres://{url}")).unwrap_err();
            assert!(!told.contains("hush"), "{url}: {told}");
        }
        for url in [
            "h/db",
            "u:p%2Fw@h:5432/db?sslmode=require&connect_timeout=9",
            "u:a?b@h",
            "u:a:b@h/db",
            "a,b:5/db?x=@",
            "/db?host=/run",
            "[::1]:5432/db",
            "[::1]/db",
            "",
        ] {
            assert!(DatabaseUrl::parse(&format!("postgresql://{url}")).is_ok(), "{url}");
        }
    }

    #[test]
    fn every_wait_of_libpq_has_a_limit() {
        let given = |url: &str| match DatabaseUrl::parse(url).unwrap().with_deadlines() {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(_) => panic!("{url}"),
        };
        let all = "connect_timeout=2&tcp_user_timeout=5000&keepalives=1&keepalives_idle=5&\
                   keepalives_interval=2&keepalives_count=3";
        let but_first = all.split_once('&').unwrap().1;
        for (url, want) in [
            ("postgres://h/db", format!("postgres://h/db?{all}")),
            ("postgres://h/db?", format!("postgres://h/db?{all}")),
            ("postgres://u:a?b@h", format!("postgres://u:a?b@h?{all}")),
            ("postgres://a,b:5/db?x=@", format!("postgres://a,b:5/db?x=@&{all}")),
            ("postgres:///db?host=/run", format!("postgres:///db?host=/run&{all}")),
            (
                "postgres://h/db?connect_timeout=9&a=b",
                format!("postgres://h/db?connect_timeout=9&a=b&{but_first}"),
            ),
        ] {
            assert_eq!(given(url), want);
        }
    }

    #[test]
    fn no_two_connections_have_one_mark() {
        let marked = |url: &str| DatabaseUrl::parse(url).unwrap().with_deadlines().marked();
        let (url, mark) = marked("postgres://h/db").unwrap();
        assert!(url.ends_with(&format!("&tcp_user_timeout={mark}")), "{url}");
        assert_ne!(marked("postgres://h/db").unwrap().1, mark);
        assert!(marked("postgres://h/db?tcp_user_timeout=60000").unwrap().1 > 60_000);
        assert_eq!(marked("postgres://h/db?tcp_user_timeout=0"), None);
        assert_eq!(marked("sqlite:x"), None);
    }
}
