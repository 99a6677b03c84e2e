//! Recognizes the host names of this machine.
//!
//! A web page can let its own host name resolve to 127.0.0.1 after it is loaded (DNS rebinding).
//! Its scripts can then talk to any local server as if it were their own. The `Host` header still
//! has the page's name.

use std::net::IpAddr;

/// The text for a refused client.
pub(crate) const ADVICE: &str = "this server answers only to names of this machine: localhost, \
                                 127.0.0.1, [::1] and names that end in .localhost. `Host` is \
                                 another name; web pages whose name points to this machine (DNS \
                                 rebinding) are refused";

/// Whether all `hosts` name this machine, and there is at least one: `localhost` or a name below it
/// (RFC 6761 §6.3), `127.0.0.1` or `[::1]`, with any port.
pub(crate) fn are_local<'a>(hosts: impl IntoIterator<Item = &'a [u8]>) -> bool {
    let mut hosts = hosts.into_iter().peekable();
    hosts.peek().is_some() && hosts.all(|host| std::str::from_utf8(host).is_ok_and(is_local))
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            if port.parse::<u16>().is_err() {
                return false;
            }
            name
        }
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    let (labels, last) = name.rsplit_once('.').unwrap_or(("", &name));
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse() == Ok(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])),
        None => name == "127.0.0.1" || (last == "localhost" && is_plain(labels)),
    }
}

/// Whether `labels` has only the characters of host names. It may be empty.
fn is_plain(labels: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    labels.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_few() {
        for local in [
            "localhost",
            "localhost:8080",
            "LocalHost:1",
            "127.0.0.1",
            "127.0.0.1:8081",
            "[::1]",
            "[::1]:8080",
            "photos.localhost:8081",
            "a.b-c_d.localhost",
        ] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "",
            ":8080",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "evillocalhost",
            "localhost.",
            "localhost:",
            "localhost:x",
            "localhost:80:80",
            "evil.example/.localhost",
            "evil.example#.localhost",
            "a@localhost.evil",
            "127.0.0.1.evil.example",
            "127.0.0.2",
            "0.0.0.0:8080",
            "[::]",
            "[::1",
            "::1",
            "2130706433",
        ] {
            assert!(!is_local(other), "{other}");
        }
    }

    #[test]
    fn every_host_that_is_named_must_be_local_and_one_must_be() {
        let (local, other): (&[u8], &[u8]) = (b"localhost", b"evil.example");
        assert!(are_local([local]) && are_local([local, local]));
        assert!(!are_local([]) && !are_local([other]));
        assert!(!are_local([local, other]) && !are_local([other, local]));
        assert!(!are_local([b"\xffocalhost".as_slice()]));
    }
}
