//! The link of an invitation.

use std::str::FromStr;

use sail_cargo_protocol::SecretText;

/// What stands between the server's URL and the token.
const INVITE: &str = "/console/#/invite/";

/// The link of an invitation, or its token alone. Never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvitationLink {
    server: Option<String>,
    token: SecretText,
}

impl InvitationLink {
    /// The server that the link is for.
    pub(super) fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The token of the invitation.
    pub(super) const fn token(&self) -> &SecretText {
        &self.token
    }
}

impl FromStr for InvitationLink {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (server, token) = match text.split_once(INVITE) {
            Some((server, token)) => (Some(server.to_owned()), token),
            None => (None, text),
        };
        let is_token = |c: char| c.is_ascii_alphanumeric() || "-._~=+".contains(c);
        if token.is_empty() || !token.chars().all(is_token) {
            return Err(
                "this is no link of an invitation: it is cut off, or the shell took the part after `#`",
            );
        }
        Ok(Self { server, token: SecretText::new(token.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_the_server_and_the_token() {
        for (text, expected) in [
            (
                "https://c.example/console/#/invite/t-1_x",
                Some((Some("https://c.example"), "t-1_x")),
            ),
            ("https://c.example/a/console/#/invite/t", Some((Some("https://c.example/a"), "t"))),
            ("t-1_x", Some((None, "t-1_x"))),
            ("https://c.example/console/", None),
            ("https://c.example/console/#/invite/", None),
            ("https://c.example/console/#/invite/a/b", None),
            ("", None),
        ] {
            let link = text.parse::<InvitationLink>().ok();
            let read = link.as_ref().map(|link| (link.server(), link.token().expose()));
            assert_eq!(read, expected, "{text}");
        }
        assert!(!format!("{:?}", "secret".parse::<InvitationLink>().unwrap()).contains("secret"));
    }
}
