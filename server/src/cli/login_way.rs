//! Which way to sign in, of those that a server offers.

use sail_cargo_protocol::{AuthIssuer, AuthMethods};

use crate::domain::IssuerAlias;

/// A way to sign in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way<'a> {
    /// With the password of an account that the server keeps.
    Password,
    /// At an auth service, confirmed in a browser; with the id of its public client.
    Device(&'a AuthIssuer, &'a str),
}

/// The way for a user who named themselves, or an auth service, or nothing.
///
/// # Errors
/// What to say instead.
pub(super) fn way<'a>(
    methods: &'a AuthMethods,
    username: Option<&str>,
    issuer: Option<&str>,
) -> Result<Way<'a>, String> {
    let devices: Vec<Way<'_>> = methods.issuers.iter().filter_map(device).collect();
    match (username, issuer) {
        (Some(_), _) if methods.embedded => Ok(Way::Password),
        (Some(_), _) => Err(format!("this server keeps no accounts: {}", instead(methods))),
        (_, Some(name)) => {
            let is_it = |one: &&AuthIssuer| {
                let alias = if one.alias.is_empty() { IssuerAlias::DEFAULT } else { &one.alias };
                alias == name || one.issuer == name
            };
            let named = methods.issuers.iter().find(is_it);
            let named =
                named.ok_or_else(|| format!("no auth service {name}: {}", instead(methods)))?;
            device(named).ok_or_else(|| {
                format!("{name} has no client for this command: paste its token with --token-stdin")
            })
        }
        (None, None) => match (methods.embedded, devices.into_iter().collect::<Vec<_>>()) {
            (true, devices) if devices.is_empty() => Ok(Way::Password),
            (false, mut devices) if devices.len() == 1 => Ok(devices.remove(0)),
            (true, _) => Err(format!("there are several ways to sign in: {}", instead(methods))),
            (false, devices) if devices.is_empty() => Err(instead(methods)),
            (false, _) => Err(format!("there are several auth services: {}", instead(methods))),
        },
    }
}

fn device(issuer: &AuthIssuer) -> Option<Way<'_>> {
    Some(Way::Device(issuer, issuer.client_id.as_deref()?))
}

/// Every way there is, as options.
fn instead(methods: &AuthMethods) -> String {
    let mut ways = Vec::new();
    if methods.embedded {
        ways.push("--username NAME".to_owned());
    }
    let devices = methods.issuers.iter().filter(|issuer| issuer.client_id.is_some());
    ways.extend(devices.map(|issuer| {
        let name = if issuer.alias.is_empty() { &issuer.issuer } else { &issuer.alias };
        format!("--issuer {name}")
    }));
    ways.push("--token-stdin < FILE".to_owned());
    format!("use {}", ways.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(alias: &str, client_id: Option<&str>) -> AuthIssuer {
        AuthIssuer {
            alias: alias.to_owned(),
            issuer: format!("https://{alias}auth.example"),
            display_name: None,
            audience: None,
            client_id: client_id.map(ToOwned::to_owned),
        }
    }

    /// The way, or its refusal, in a word.
    fn words(way: &Result<Way<'_>, String>) -> String {
        match way {
            Ok(Way::Password) => "password".to_owned(),
            Ok(Way::Device(issuer, client_id)) => format!("{} as {client_id}", issuer.issuer),
            Err(instead) => instead.clone(),
        }
    }

    #[test]
    fn the_one_way_is_taken_and_of_several_the_named_one() {
        let (okta, dex, ci) =
            (issuer("okta", Some("o")), issuer("", Some("d")), issuer("ci", None));
        let (at_okta, at_dex) = ("https://oktaauth.example as o", "https://auth.example as d");
        for (embedded, issuers, username, named, expected) in [
            (true, vec![], None, None, "password"),
            (true, vec![&ci], None, None, "password"),
            (true, vec![&okta], Some("ada"), None, "password"),
            (true, vec![&okta], None, Some("okta"), at_okta),
            (true, vec![&okta], None, None, "--username NAME or --issuer okta or --token-stdin"),
            (false, vec![&okta], None, None, at_okta),
            (false, vec![&okta, &ci], None, None, at_okta),
            (
                false,
                vec![&okta, &dex],
                None,
                None,
                "--issuer okta or --issuer https://auth.example",
            ),
            (false, vec![&okta, &dex], None, Some("https://auth.example"), at_dex),
            (false, vec![&okta, &dex], None, Some("default"), at_dex),
            (false, vec![&okta, &ci], None, Some("ci"), "ci has no client"),
            (false, vec![&okta], None, Some("google"), "no auth service google: use --issuer okta"),
            (false, vec![&ci], None, None, "use --token-stdin"),
            (false, vec![], Some("ada"), None, "keeps no accounts: use --token-stdin"),
        ] {
            let issuers: Vec<_> = issuers.into_iter().cloned().collect();
            let methods = AuthMethods { embedded, project_required: false, issuers };
            let said = words(&way(&methods, username, named));
            assert!(said.contains(expected), "{said:?} is not {expected:?}");
        }
    }
}
