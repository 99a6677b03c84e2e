//! Signing in once: against a scripted server, which is Cargo and an auth service in one.

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stub::{ReceivedRequest, Reply, Stub};
use crate::test_stack::{Said, command, fails, says};

/// A user's machine.
struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.directory.path());
        command.args(args).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    /// Runs a command with this text on its standard input.
    fn fed(&self, args: &[&str], text: &str) -> Said {
        let input = self.directory.path().join("input");
        std::fs::write(&input, text).unwrap();
        let mut command = self.command(args);
        Said::of(&command.stdin(std::fs::File::open(input).unwrap()).output().unwrap())
    }

    fn kept(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join("config/sail-cargo").join(name)
    }

    /// The kept sign-in at a server.
    fn sign_in(&self, url: &str) -> Value {
        let text = std::fs::read(self.kept("sign-ins.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["servers"][url].clone()
    }
}

fn answer(status: u16, body: &Value) -> Reply {
    Reply::Answer(status, "content-type: application/json\r\n".to_owned(), body.to_string())
}

fn problem(status: u16, code: &str) -> Reply {
    let problem = json!({ "type": "about:blank", "title": code, "status": status, "detail": code,
        "code": code, "request_id": "r" });
    answer(status, &problem)
}

/// The answer to a sign-in whose access token is `token`, and whose refresh token is `refresh-{token}`.
fn signed_in(token: &str, expires_in: u64) -> Value {
    json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in,
        "refresh_token": format!("refresh-{token}"), "refresh_expires_in": 1000,
        "user": account() })
}

fn account() -> Value {
    json!({ "id": "0193", "username": "ada", "email": "ada@example.com", "status": "active",
        "created_at": "2026-01-02T03:04:05Z", "reset_at": "2026-02-03T04:05:06Z",
        "reset_by": "key:root" })
}

/// The token that a request brings.
fn bearer(asked: &ReceivedRequest) -> &str {
    let lines = asked.head.lines();
    let mut values = lines.filter_map(|line| line.strip_prefix("authorization: Bearer "));
    values.next().unwrap_or_default()
}

fn own_url(asked: &ReceivedRequest) -> String {
    let host = asked.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    format!("http://{host}")
}

/// What Cargo says to whoever has the token `good`.
fn cargo(asked: &ReceivedRequest, good: &str) -> Reply {
    if bearer(asked) != good {
        return problem(401, "invalid_token");
    }
    match asked.target.as_str() {
        "/v1/whoami" => answer(200, &json!({ "actor": "user", "id": "0193", "project": "sail" })),
        "/v1/permissions" => {
            let prefixes = json!([{ "prefix": "2026/", "permissions": ["read", "write"] }]);
            let photos =
                json!({ "bucket": "photos", "permissions": ["read"], "prefixes": prefixes });
            answer(200, &json!({ "items": [photos] }))
        }
        "/auth/account" => answer(200, &account()),
        target if target.starts_with("/v1/buckets") => answer(200, &json!({ "items": [] })),
        _ => problem(404, "no_such_route"),
    }
}

/// A server that keeps accounts. A sign-in gives the token `first`, good for `expires_in` seconds; a refresh
/// gives `second`. Only `good` is accepted.
fn with_accounts(expires_in: u64, good: &'static str) -> Arc<Stub> {
    Stub::start(move |asked, _| match asked.target.as_str() {
        "/auth/methods" => answer(200, &json!({ "embedded": true })),
        "/auth/login" => answer(200, &signed_in("first", expires_in)),
        "/auth/refresh" => answer(200, &signed_in("second", 900)),
        "/auth/logout" => Reply::Answer(204, String::new(), String::new()),
        "/v1/whoami" if bearer(asked) == "first" => cargo(asked, "first"),
        _ => cargo(asked, good),
    })
}

const LOGIN: [&str; 5] = ["login", "--username", "ada", "--password-stdin", "--url"];

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn after_login_no_command_needs_an_option_until_logout() {
    let (machine, cargo) = (Machine::new(), with_accounts(900, "first"));
    let said = machine.fed(&[&LOGIN[..], &[&cargo.url]].concat(), "correct horse battery\n").ok();
    says(&said, &format!("signed in as 0193 at {}, project sail", cargo.url));
    let [login] = &cargo.asked("POST", "/auth/login")[..] else { panic!("one") };
    assert_eq!(login.body, r#"{"username":"ada","password":"correct horse battery"}"#);
    assert_eq!(mode(&machine.kept("")), 0o700);
    assert_eq!(mode(&machine.kept("sign-ins.json")), 0o600);

    machine.run(&["buckets", "list"]).ok();
    assert_eq!(bearer(&cargo.asked("GET", "/v1/buckets")[0]), "first");
    let me = machine.run(&["whoami"]).ok();
    for said in [&said, &me] {
        assert!(!said.err.contains("first") && !said.out.contains("first"), "a token: {said:?}");
    }
    for line in [
        "account  ada <ada@example.com>",
        "reset    2026-02-03T04:05:06Z by key:root",
        &format!("server   {}", cargo.url),
        ", and longer with each use",
        "rights   photos: read, read+write below 2026/",
    ] {
        assert!(me.out.contains(line), "{line:?} is not in {me:?}");
    }
    let me = machine.run(&["whoami", "-o", "json"]).json();
    assert_eq!((&me["id"], &me["server"]), (&json!("0193"), &json!(cargo.url)));
    assert_eq!(me["permissions"][0]["bucket"], "photos");
    // Refused, for a reason that is the server's: the error says where the command went.
    fails(&machine.run(&["grants", "get", "ada", "photos"]), ", of the last sign-in]");

    // Whoever signs in again leaves no sign-in behind.
    machine.fed(&LOGIN[..4], "correct horse battery\n").ok();
    assert_eq!(cargo.asked("POST", "/auth/logout").len(), 1);
    let said = machine.run(&["logout"]).ok();
    says(&said, "signed out ada");
    let [_, logout] = &cargo.asked("POST", "/auth/logout")[..] else { panic!("two") };
    assert_eq!(logout.body, r#"{"refresh_token":"refresh-first"}"#);
    fails(&machine.run(&["whoami"]), "no credentials: run `sail-cargo login`");
    fails(&machine.run(&["logout"]), "you are not signed in");
}

#[test]
fn options_and_environment_win_and_a_token_goes_to_its_own_server_only() {
    let (machine, home) = (Machine::new(), with_accounts(900, "first"));
    let other = Stub::start(|asked, _| cargo(asked, "given"));
    machine.fed(&[&LOGIN[..], &[&home.url]].concat(), "correct horse battery").ok();

    // Another server, and nothing to show to it.
    fails(&machine.run(&["buckets", "list", "--url", &other.url]), "no credentials");
    assert!(other.asked("GET", "").is_empty());
    // Credentials without a server: not to the server of the sign-in.
    let given = |args: &[&str], variables: &[(&str, &str)]| {
        Said::of(&machine.command(args).envs(variables.iter().copied()).output().unwrap())
    };
    let before = home.asked("GET", "").len();
    let said = given(&["buckets", "list"], &[("SAIL_CARGO_TOKEN", "given")]);
    fails(&said, "[server http://127.0.0.1:8080, the default; --url names another]");
    assert_eq!(home.asked("GET", "").len(), before);
    // Both.
    let there = [("SAIL_CARGO_TOKEN", "given"), ("SAIL_CARGO_URL", other.url.as_str())];
    given(&["buckets", "list"], &there).ok();
    assert_eq!(bearer(&other.asked("GET", "/v1/buckets")[0]), "given");
    // The server of the sign-in, in another spelling.
    given(&["buckets", "list", "--url", &format!("{}/", home.url.replace("http", "HTTP"))], &[])
        .ok();
    let said = given(&["login", "--url", &home.url], &[("SAIL_CARGO_TOKEN", "given")]);
    fails(&said, "--password-stdin");
    // A sign-in elsewhere becomes the current one, and the first is still kept.
    machine.fed(&["login", "--token-stdin", "--url", &other.url], "given\n").ok();
    machine.run(&["buckets", "list"]).ok();
    assert_eq!(other.asked("GET", "/v1/buckets").len(), 2);
    machine.run(&["buckets", "list", "--url", &home.url]).ok();
}

#[test]
fn a_token_at_its_end_is_renewed_before_it_is_sent() {
    let (machine, cargo) = (Machine::new(), with_accounts(20, "second"));
    machine.fed(&[&LOGIN[..], &[&cargo.url]].concat(), "correct horse battery").ok();
    machine.run(&["buckets", "list"]).ok();
    let [refresh] = &cargo.asked("POST", "/auth/refresh")[..] else { panic!("one") };
    assert_eq!(refresh.body, r#"{"refresh_token":"refresh-first"}"#);
    let [list] = &cargo.asked("GET", "/v1/buckets")[..] else { panic!("one") };
    assert_eq!(bearer(list), "second");
    // What it got is kept.
    machine.run(&["buckets", "list"]).ok();
    assert_eq!(cargo.asked("POST", "/auth/refresh").len(), 1);
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let (machine, cargo) = (Machine::new(), with_accounts(900, "second"));
    machine.fed(&[&LOGIN[..], &[&cargo.url]].concat(), "correct horse battery").ok();
    machine.run(&["buckets", "list"]).ok();
    let tokens = cargo.asked("GET", "/v1/buckets");
    let tokens: Vec<_> = tokens.iter().map(bearer).collect();
    assert_eq!(tokens, ["first", "second"]);
    assert_eq!(machine.sign_in(&cargo.url)["renewal"]["refresh_token"], "refresh-second");
}

#[test]
fn a_sign_in_that_ended_says_what_to_do() {
    let machine = Machine::new();
    let cargo = Stub::start(|asked, _| match asked.target.as_str() {
        "/auth/methods" => answer(200, &json!({ "embedded": true })),
        "/auth/login" => answer(200, &signed_in("first", 0)),
        "/auth/refresh" => problem(401, "invalid_refresh_token"),
        _ => cargo(asked, "first"),
    });
    machine.fed(&[&LOGIN[..], &[&cargo.url]].concat(), "correct horse battery").ok();
    let said = machine.run(&["buckets", "list"]);
    fails(&said, &format!("has ended: run `sail-cargo login --url {}`", cargo.url));
    assert!(!said.err.contains("refresh-first"), "{said:?}");
    assert!(cargo.asked("GET", "/v1/buckets").is_empty());
}

/// The processes that wait for the lock on a file (proc_locks(5)).
fn waiting_for(path: &Path) -> usize {
    let inode = format!(":{} ", path.metadata().unwrap().ino());
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    locks.lines().filter(|line| line.contains("-> ") && line.contains(&inode)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn of_several_processes_one_renews_and_the_others_take_what_it_got() {
    const PROCESSES: usize = 3;
    let machine = Machine::new();
    let lock = machine.kept("sign-ins.lock");
    let cargo = Stub::start(move |asked, _| match asked.target.as_str() {
        "/auth/methods" => answer(200, &json!({ "embedded": true })),
        "/auth/login" => answer(200, &signed_in("first", 0)),
        "/auth/refresh" => {
            // The answer comes when the others stand at the lock.
            let deadline = Instant::now() + Duration::from_secs(20);
            while waiting_for(&lock) < PROCESSES - 1 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            answer(200, &signed_in("second", 900))
        }
        "/v1/whoami" => cargo(asked, "first"),
        _ => cargo(asked, "second"),
    });
    machine.fed(&[&LOGIN[..], &[&cargo.url]].concat(), "correct horse battery").ok();
    let list = || machine.command(&["buckets", "list"]).stdout(Stdio::null()).spawn().unwrap();
    let processes: Vec<_> = std::iter::repeat_with(list).take(PROCESSES).collect();
    for process in processes {
        assert!(process.wait_with_output().unwrap().status.success());
    }
    assert_eq!(cargo.asked("POST", "/auth/refresh").len(), 1);
    let tokens = cargo.asked("GET", "/v1/buckets");
    let tokens: BTreeSet<_> = tokens.iter().map(bearer).collect();
    assert_eq!(tokens, ["second"].into());
}

#[test]
fn a_due_password_is_set_and_a_changed_one_keeps_the_sign_in() {
    let machine = Machine::new();
    let cargo = Stub::start(|asked, _| match asked.target.as_str() {
        "/auth/methods" => answer(200, &json!({ "embedded": true, "project_required": true })),
        "/auth/login" if asked.body.contains("the first password") => {
            if asked.body.contains("new_password") {
                answer(200, &signed_in("first", 900))
            } else {
                problem(403, "password_change_required")
            }
        }
        "/auth/login" => answer(200, &signed_in("first", 900)),
        "/auth/password" if bearer(asked) == "first" => answer(200, &signed_in("changed", 900)),
        _ => cargo(asked, if asked.target == "/v1/whoami" { "first" } else { "changed" }),
    });
    let login = [&LOGIN[..], &[cargo.url.as_str()]].concat();
    fails(&machine.fed(&login, "the first password"), "--project");
    let login = [&login[..], &["--project", "sail"]].concat();
    fails(&machine.fed(&login, "the first password"), "a new password is due: pipe it");
    machine.fed(&login, "the first password\nthe second password\n").ok();
    let sent = cargo.asked("POST", "/auth/login").pop().unwrap().body;
    let sent: Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(sent["new_password"], "the second password");
    assert_eq!(sent["project"], "sail");

    let said =
        machine.fed(&["password", "--password-stdin"], "the second password\nthe third one\n");
    says(&said.ok(), "ada has a new password");
    let [change] = &cargo.asked("POST", "/auth/password")[..] else { panic!("one") };
    let sent: Value = serde_json::from_str(&change.body).unwrap();
    assert_eq!(sent, json!({ "password": "the second password", "new_password": "the third one" }));
    machine.run(&["buckets", "list"]).ok();
}

/// The claims of a token that nobody here verifies, as a JWT.
fn jwt(claims: &Value) -> String {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("e30.{claims}.signature")
}

/// An auth service whose access tokens are for itself, as Google's are, and the Cargo that trusts it. The user
/// decides by `verdict`, the error after the first answer; none agrees.
fn with_issuer(verdict: Option<&'static str>) -> Arc<Stub> {
    let (ended, good) = (jwt(&json!({ "exp": 1 })), jwt(&json!({ "exp": 32_503_680_000_u64 })));
    Stub::start(move |asked, before| {
        let own = own_url(asked);
        let error = |error: &str| answer(400, &json!({ "error": error }));
        match asked.target.as_str() {
            "/auth/methods" => {
                let issuer = json!({ "issuer": own, "client_id": "cli", "audience": "cargo" });
                answer(200, &json!({ "embedded": false, "issuers": [issuer] }))
            }
            "/.well-known/openid-configuration" => {
                let at = |path: &str| format!("{own}{path}");
                answer(
                    200,
                    &json!({ "issuer": own, "token_endpoint": at("/token"),
                    "device_authorization_endpoint": at("/device"),
                    "revocation_endpoint": at("/revoke"),
                    "scopes_supported": ["openid", "offline_access"] }),
                )
            }
            "/device" => answer(
                200,
                &json!({ "device_code": "device-secret", "interval": 0,
                "user_code": "WDJB-MJHT", "verification_uri": "https://auth.example/device",
                "expires_in": 600 }),
            ),
            "/token" if asked.body.contains("refresh_token") => {
                answer(200, &json!({ "access_token": "opaque", "id_token": good }))
            }
            // POSTs so far: the device code, and one for the tokens.
            "/token" if before < 2 => error("authorization_pending"),
            "/token" => match verdict {
                Some(verdict) => error(verdict),
                None => answer(
                    200,
                    &json!({ "access_token": "opaque", "id_token": ended,
                    "refresh_token": "refresh-secret" }),
                ),
            },
            "/revoke" => answer(200, &json!({})),
            "/v1/whoami" if bearer(asked) == ended => cargo(asked, &ended),
            _ => cargo(asked, &good),
        }
    })
}

#[test]
fn a_device_is_confirmed_at_the_auth_service_and_its_tokens_are_renewed_there() {
    let (machine, cargo) = (Machine::new(), with_issuer(None));
    let said = machine.run(&["login", "--url", &cargo.url]).ok();
    says(&said, "Open https://auth.example/device and enter the code WDJB-MJHT");
    let [device] = &cargo.asked("POST", "/device")[..] else { panic!("one") };
    assert_eq!(device.body, "client_id=cli&scope=openid+offline_access&audience=cargo");
    let polls = cargo.asked("POST", "/token");
    assert_eq!(polls.len(), 2);
    let expected = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
        &device_code=device-secret&client_id=cli";
    assert_eq!(polls[1].body, expected);
    assert_eq!(machine.sign_in(&cargo.url)["renewal"]["sends"], "id", "the access token is opaque");

    // The ID token has ended: the next command gets another one, and the refresh token goes on.
    machine.run(&["buckets", "list"]).ok();
    let refresh = cargo.asked("POST", "/token").pop().unwrap().body;
    assert_eq!(refresh, "grant_type=refresh_token&refresh_token=refresh-secret&client_id=cli");
    machine.run(&["buckets", "list"]).ok();
    assert_eq!(cargo.asked("POST", "/token").len(), 3);

    machine.run(&["logout"]).ok();
    let [revoked] = &cargo.asked("POST", "/revoke")[..] else { panic!("one") };
    let expected = "token=refresh-secret&token_type_hint=refresh_token&client_id=cli";
    assert_eq!(revoked.body, expected);
}

#[test]
fn a_device_that_is_not_confirmed_is_not_signed_in() {
    for (verdict, words) in [
        ("access_denied", "was refused at the auth service"),
        ("expired_token", "the code has ended"),
        ("invalid_client", "the auth service refuses the sign-in: invalid_client"),
    ] {
        let (machine, cargo) = (Machine::new(), with_issuer(Some(verdict)));
        let said = machine.run(&["login", "--url", &cargo.url]);
        fails(&said, words);
        assert!(!said.err.contains("device-secret"), "{said:?}");
        assert!(!machine.kept("sign-ins.json").exists());
    }
}
