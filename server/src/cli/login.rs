//! `login` and `logout`: sign in once, and need no environment variable afterwards.

use std::time::Duration;

use sail_cargo_client::{Client, Credentials, StaticToken, Token};
use sail_cargo_protocol::{AuthIssuer, AuthMethods, Login, Logout, SecretText, Whoami};

use super::command_target::{LOCAL, SIGN_IN_SERVER};
use super::failure::Failure;
use super::format::instant;
use super::login_way::{Way, way};
use super::remote::{said, word};
use super::sign_in::{
    Issuer, Keeper, Renewal, SentToken, SignIn, expiry, is_private, of_cargo, server_key,
};
use super::{output, prompt};
use crate::clock::Clock;
use crate::config;

/// Timeout of a request. Passwords wait for each other at the server.
pub(super) const TIMEOUT: Duration = Duration::from_secs(20);
const NO_PASSWORD: &str =
    "name yourself with --username, and pipe the password to --password-stdin";
const DUE: &str = "a new password is due: pipe it to --password-stdin as the second line";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo login --url https://cargo.example.com\n  \
        sail-cargo login --username ada --password-stdin < password\n  \
        sail-cargo login --token-stdin < token")]
pub(super) struct LoginArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Sign in with a password, as this user: a username or an e-mail address
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the password from standard input. If a new one is due, it is the second line
    #[arg(long, requires = "username")]
    password_stdin: bool,
    /// Sign in at this auth service, by its alias or URL, where the server accepts several
    #[arg(long, value_name = "ISSUER", conflicts_with = "username")]
    issuer: Option<String>,
    /// Read a token of an auth service from standard input. It cannot be renewed
    #[arg(long, conflicts_with_all = ["username", "issuer"])]
    token_stdin: bool,
}

/// The server, and the project in it.
#[derive(Debug, clap::Args)]
pub(super) struct ServerArgs {
    /// The server's URL [default: that of the last sign-in, or http://127.0.0.1:8080]
    #[arg(id = SIGN_IN_SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL", hide_env_values = true)]
    url: Option<String>,
    /// The project, where the server has several
    #[arg(long, alias = "in-project", env = "SAIL_CARGO_PROJECT", value_name = "PROJECT")]
    #[arg(value_parser = word)]
    pub(super) project: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo logout")]
pub(super) struct LogoutArgs {
    /// The server's URL [default: that of the last sign-in]
    #[arg(id = SIGN_IN_SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL", hide_env_values = true)]
    url: Option<String>,
}

impl ServerArgs {
    /// The server's URL, in the form by which its sign-in is kept.
    pub(super) fn url(&self, keeper: &Keeper) -> Result<String, Failure> {
        let all = keeper.read()?;
        let current = all.current().map(|(server, _)| server);
        let url = said(self.url.as_deref()).or(current).unwrap_or(LOCAL);
        keyed(url)
    }
}

fn keyed(url: &str) -> Result<String, Failure> {
    server_key(url).map_err(|error| format!("--server (SAIL_CARGO_URL): {error}").into())
}

/// A client without credentials.
pub(super) fn nobody(server: &str) -> Result<Client, Failure> {
    Ok(Client::builder(server).timeout(TIMEOUT).build()?)
}

pub(super) async fn login(args: LoginArgs) -> Result<(), Failure> {
    let keeper = Keeper::of_this_user()?;
    let server = args.server.url(&keeper)?;
    if !is_private(&server) {
        output::say(&format!(
            "{server} has no TLS: everybody on the way can read what is sent there"
        ));
    }
    let client = nobody(&server)?;
    let project = args.server.project.clone();
    let (sign_in, me) = if args.token_stdin {
        by_token(&server, project).await?
    } else {
        let methods = client.auth_methods().await?;
        match way(&methods, args.username.as_deref(), args.issuer.as_deref())? {
            Way::Password => {
                let sign_in = by_password(&client, &args, &methods).await?;
                match whoami(&server, &sign_in).await {
                    Ok(me) => (sign_in, me),
                    Err(error) => {
                        // Nobody would know of it.
                        end(&server, &sign_in).await.ok();
                        return Err(error.into());
                    }
                }
            }
            Way::Device(issuer, client_id) => {
                by_device(&server, issuer, client_id, project).await?
            }
        }
    };
    if let Some(before) = keep(&keeper, &server, sign_in).await?
        && let Err(error) = end(&server, &before).await
    {
        log::debug!("the sign-in before is not ended: {error}");
    }
    output::say(&greeting(&server, &me));
    for name in given_elsewhere() {
        output::say(&format!("{name} is set: while it is, commands use it, not this sign-in"));
    }
    Ok(())
}

/// Keeps a sign-in, and returns the one before. The server becomes the current one.
pub(super) async fn keep(
    keeper: &Keeper,
    server: &str,
    sign_in: SignIn,
) -> Result<Option<SignIn>, Failure> {
    let locked = keeper.lock().await?;
    let mut all = locked.read()?;
    let before = all.begin(server, sign_in);
    locked.write(&all)?;
    Ok(before)
}

async fn by_password(
    client: &Client,
    args: &LoginArgs,
    methods: &AuthMethods,
) -> Result<SignIn, Failure> {
    let mut project = args.server.project.clone();
    if methods.project_required && project.is_none() {
        project = Some(prompt::line("Project", "name the project with --project")?);
    }
    let name = match &args.username {
        Some(name) => name.clone(),
        None => prompt::line("Username or e-mail address", NO_PASSWORD)?,
    };
    let (password, next) = if args.password_stdin {
        let mut lines = prompt::passwords()?.into_iter();
        let password = lines.next().ok_or("standard input: no password")?;
        (password, lines.next())
    } else {
        (prompt::secret("Password", NO_PASSWORD)?, None)
    };
    let now = Clock::system().now();
    let asked = asked(&name, password, project.clone());
    let answer = match client.log_in(&asked).await {
        Err(error) if error.code() == Some("password_change_required") => {
            let next = match next {
                None if args.password_stdin => return Err(DUE.into()),
                None => {
                    output::say("A new password is due.");
                    prompt::new_password(NO_PASSWORD)?
                }
                Some(next) => next,
            };
            client.log_in(&Login { new_password: Some(next), ..asked }).await?
        }
        answer => answer?,
    };
    Ok(of_cargo(answer, project, now))
}

/// The request of a sign-in. No username has an `@`.
pub(super) fn asked(name: &str, password: SecretText, project: Option<String>) -> Login {
    let is_email = name.contains('@');
    Login {
        username: (!is_email).then(|| name.to_owned()),
        email: is_email.then(|| name.to_owned()),
        password,
        new_password: None,
        project,
    }
}

async fn by_token(server: &str, project: Option<String>) -> Result<(SignIn, Whoami), Failure> {
    let token = Token::read(&prompt::input()?);
    let token = token.map_err(|error| format!("standard input: {error}"))?;
    let access_token = SecretText::new(token.expose().to_owned());
    let (user, expires_at) = (String::new(), expiry(&access_token));
    let sign_in = SignIn { user, project, access_token, expires_at, renewal: None };
    let me = whoami(server, &sign_in).await?;
    Ok((SignIn { user: me.id.clone(), ..sign_in }, me))
}

async fn by_device(
    server: &str,
    at: &AuthIssuer,
    client_id: &str,
    project: Option<String>,
) -> Result<(SignIn, Whoami), Failure> {
    let issuer = Issuer::discover(&at.issuer).await?;
    let code = issuer.device_code(client_id, at.audience.as_deref()).await?;
    output::say(&format!("Open {} and enter the code {}", code.verification_uri, code.user_code));
    if let Some(whole) = &code.verification_uri_complete {
        output::say(&format!("or open {whole}, if it shows this code"));
    }
    let tokens = issuer.tokens_for(client_id, &code, &Clock::system()).await?;
    let sign_in = |token: &SecretText, sends| SignIn {
        user: String::new(),
        project: project.clone(),
        access_token: token.clone(),
        expires_at: expiry(token),
        renewal: tokens.refresh_token.clone().map(|refresh_token| {
            let (issuer, client_id) = (at.issuer.clone(), client_id.to_owned());
            Renewal::Issuer { issuer, client_id, refresh_token, sends }
        }),
    };
    let by_access = sign_in(&tokens.access_token, SentToken::Access);
    let (sign_in, me) = match (whoami(server, &by_access).await, &tokens.id_token) {
        (Err(first), Some(id_token)) if first.is_unauthenticated() => {
            // An access token may be for the auth service itself, and no JWT.
            let by_id = sign_in(id_token, SentToken::Id);
            match whoami(server, &by_id).await {
                Ok(me) => (by_id, me),
                Err(second) if second.is_unauthenticated() => return Err(first.into()),
                Err(second) => return Err(second.into()),
            }
        }
        (answer, _) => (by_access, answer?),
    };
    if sign_in.renewal.is_none() {
        output::say("The auth service gives no refresh token: sign in again when this one ends.");
    }
    Ok((SignIn { user: me.id.clone(), ..sign_in }, me))
}

/// Who the server takes the token for.
async fn whoami(server: &str, sign_in: &SignIn) -> Result<Whoami, sail_cargo_client::Error> {
    let mut client = Client::builder(server).timeout(TIMEOUT).credentials(bearer(sign_in));
    if let Some(project) = &sign_in.project {
        client = client.project(project);
    }
    client.build()?.whoami().await
}

/// The credentials of a sign-in that is not kept yet.
pub(super) fn bearer(sign_in: &SignIn) -> Credentials {
    Credentials::user(StaticToken::new(sign_in.access_token.expose()))
}

fn greeting(server: &str, me: &Whoami) -> String {
    let project = me.project.as_ref().map(|project| format!(", project {project}"));
    format!("signed in as {} at {server}{}", me.id, project.unwrap_or_default())
}

/// The variables that win over a sign-in.
fn given_elsewhere() -> impl Iterator<Item = &'static str> {
    ["SAIL_CARGO_API_KEY", "SAIL_CARGO_API_KEY_FILE", "SAIL_CARGO_TOKEN", "SAIL_CARGO_TOKEN_FILE"]
        .into_iter()
        .filter(|name| config::is_set(name))
}

pub(super) async fn logout(args: LogoutArgs) -> Result<(), Failure> {
    let keeper = Keeper::of_this_user()?;
    let locked = keeper.lock().await?;
    let mut all = locked.read()?;
    let server = match said(args.url.as_deref()) {
        Some(url) => keyed(url)?,
        None => match all.current() {
            Some((server, _)) => server.to_owned(),
            None => return Err("you are not signed in".into()),
        },
    };
    let Some(sign_in) = all.forget(&server) else {
        return Err(format!("you are not signed in at {server}").into());
    };
    // Forgotten first: the server may not answer.
    locked.write(&all)?;
    drop(locked);
    if let Err(error) = end(&server, &sign_in).await {
        let error = output::chain(&*error);
        return Err(format!(
            "the sign-in of {} at {server} is forgotten here, but goes on at the auth service: {error}",
            sign_in.user
        )
        .into());
    }
    output::say(&format!("signed out {} at {server}", sign_in.user));
    if sign_in.renewal.is_none() {
        let end = sign_in.expires_at.map(|end| format!(" until {}", instant(Some(end))));
        output::say(&format!(
            "The token itself is good{}: only its auth service can end it.",
            end.unwrap_or_default()
        ));
    }
    Ok(())
}

/// Ends a sign-in where it was made.
async fn end(server: &str, sign_in: &SignIn) -> Result<(), Failure> {
    match &sign_in.renewal {
        None => Ok(()),
        Some(Renewal::Cargo { refresh_token, .. }) => {
            let logout = Logout { refresh_token: refresh_token.clone() };
            Ok(nobody(server)?.log_out(&logout).await?)
        }
        Some(Renewal::Issuer { issuer, client_id, refresh_token, .. }) => {
            Ok(Issuer::discover(issuer).await?.revoke(client_id, refresh_token).await?)
        }
    }
}
