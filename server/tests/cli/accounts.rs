//! Accounts, as administrators and users have them: the real binary, against a server that keeps accounts.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::test_stack::{Said, TestStack, command, fails, says};

const FIRST: &str = "a walrus reads at dawn";
const SECOND: &str = "two walruses sleep at noon";

/// A server, and a user's machine beside it.
struct Town {
    stack: TestStack,
}

impl Town {
    fn new() -> Self {
        let accounts = ["--accounts", "--public-url", "https://cargo.example"];
        Self { stack: TestStack::set_with(&accounts) }
    }

    /// Runs a command of the user, who has no options and no environment for it; `text` is on its standard input.
    fn user(&self, args: &[&str], text: &str) -> Said {
        let input = self.stack.directory.path().join("input");
        std::fs::write(&input, text).unwrap();
        let mut command = command(self.stack.directory.path());
        command.args(args).stdin(std::fs::File::open(input).unwrap());
        Said::of(&command.output().unwrap())
    }

    fn login(&self, name: &str, password: &str) -> Said {
        let to = ["login", "--url", &self.stack.url, "--username", name, "--password-stdin"];
        self.user(&to, password)
    }

    /// Accepts the invitation of a link. The link names the public URL, where nobody listens.
    fn accept(&self, link: &str, password: &str) -> Said {
        let to = ["accounts", "accept", link.trim(), "--url", &self.stack.url, "--password-stdin"];
        self.user(&to, password)
    }

    /// Changes the kept sign-in.
    fn rewrite(&self, change: impl FnOnce(&mut Value)) {
        let path: PathBuf = self.stack.directory.path().join("config/sail-cargo/sign-ins.json");
        let mut all: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut all["servers"][&self.stack.url]);
        std::fs::write(path, all.to_string()).unwrap();
    }
}

#[test]
fn an_invited_user_signs_in_once_and_stays_signed_in() {
    let town = Town::new();
    let made = town.stack.root(&["accounts", "create", "Ada", "--email", "ada@example.com"]).ok();
    says(&made, "created account ada, id ");
    assert!(made.out.starts_with("https://cargo.example/console/#/invite/"), "{made:?}");
    fails(&town.login("ada", FIRST), "invalid_login");
    fails(&town.accept(&made.out, "too short"), "invalid_request");
    says(&town.accept(&made.out, FIRST).ok(), "ada has a password");
    fails(&town.accept(&made.out, SECOND), "invalid_invitation");

    says(&town.login("ada@example.com", FIRST).ok(), ", project sail");
    let me = town.user(&["whoami", "-o", "json"], "").json();
    let account = town.stack.root(&["accounts", "show", "ada", "-o", "json"]).json();
    assert_eq!((&me["id"], &me["project"]), (&account["id"], &json!("sail")));
    assert_eq!(me["account"]["username"], "ada");
    assert!(me["signed_in_until"].is_string());

    // At the end of the token the next one is had from the server.
    let mut before = Value::Null;
    town.rewrite(|kept| {
        before = std::mem::replace(&mut kept["expires_at"], json!("2026-01-01T00:00:00Z"));
    });
    town.user(&["buckets", "list"], "").ok();
    town.rewrite(|kept| assert!(kept["expires_at"].as_str() > before.as_str(), "{before}"));

    // A user is no administrator, unless Cargo's own group says so.
    assert_eq!(town.user(&["accounts", "list"], "").code, 3);
    let id = account["id"].as_str().unwrap();
    town.stack.root(&["groups", "add", "admins", id]).ok();
    let listed = town.user(&["accounts", "list", "--search", "ad", "-o", "json"], "").json();
    assert_eq!(listed[0]["id"], id);

    let said = town.user(&["password", "--password-stdin"], &format!("{FIRST}\n{SECOND}\n")).ok();
    says(&said, "ada has a new password");
    town.user(&["whoami"], "").ok();
    town.stack.operator(&["signing-keys", "rotate"]).ok();
    town.user(&["whoami"], "").ok();
    let mut token = Value::Null;
    town.rewrite(|kept| token = kept["renewal"]["refresh_token"].clone());
    says(&town.user(&["logout"], "").ok(), "signed out ada");
    fails(&town.user(&["whoami"], ""), "no credentials");
    // The server has ended it as well: brought back, the sign-in is over.
    town.login("ada", SECOND).ok();
    town.rewrite(|kept| {
        kept["renewal"]["refresh_token"] = token;
        kept["expires_at"] = json!("2026-01-01T00:00:00Z");
    });
    fails(&town.user(&["whoami"], ""), "has ended: run `sail-cargo login");
}

#[test]
fn m2_an_iam_policy_names_a_user_by_what_their_account_is_called() {
    let town = Town::new();
    let root = |args: &[&str]| town.stack.root(args);
    root(&["buckets", "put", "lake"]).ok();
    root(&["accounts", "create", "Ada"]).ok();
    let ada = root(&["accounts", "show", "ada", "-o", "json"]).json();
    let ada = ada["id"].as_str().unwrap();
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::lake"],
          "Condition": { "StringLike": { "s3:prefix": ["home/${aws:username}/*"] } } },
        { "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::lake/home/${aws:username}/*"] },
    ] });
    std::fs::write(town.stack.directory.path().join("policy.json"), policy.to_string()).unwrap();
    let import = |whom: &[&str]| {
        let import = ["grants", "import", "policy.json", "--iam", "--accept-wider"];
        root(&[&import, whom].concat()).ok()
    };
    let prefixes = |whom: &[&str]| {
        let list = root(&[&["grants", "list", "-o", "json"], whom].concat()).json();
        let read = |grant: &Value| json!([grant["prefix"], grant["prefix_kind"]]);
        json!(list.as_array().unwrap().iter().map(read).collect::<Vec<_>>())
    };
    import(&["--user", ada]);
    assert_eq!(prefixes(&["--user", ada]), json!([["home/ada/", null]]));
    // Who has no account is called by their id, be it a UUID of another auth service.
    let stranger = "6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21";
    import(&["--user", stranger]);
    assert_eq!(prefixes(&["--user", stranger]), json!([[format!("home/{stranger}/"), null]]));
    let said = import(&["--group", "crew"]);
    says(&said, "${aws:userid} is read as ${user}");
    let by_name = json!([["home/${username}/", "template"]]);
    assert_eq!(prefixes(&["--group", "crew"]), by_name);
    root(&["groups", "add", "crew", ada]).ok();
    root(&["grants", "delete", ada, "lake/home/ada/"]).ok();
    assert_eq!(root(&["check", ada, "write", "lake/home/ada/x"]).code, 0);
    assert_eq!(root(&["check", ada, "write", &format!("lake/home/{ada}/x")]).code, 3);

    // And back, the same.
    let export = ["grants", "export", "--iam", "--group", "crew", "-o", "policy.json"];
    let exported = root(&export).ok();
    assert!(!exported.err.contains("not expressed"), "{exported:?}");
    import(&["--group", "other"]);
    assert_eq!(prefixes(&["--group", "other"]), by_name);
}

#[test]
fn a_user_changes_their_own_account_after_a_fresh_sign_in() {
    let town = Town::new();
    let create = ["accounts", "create", "ada", "--email", "ada@example.com"];
    town.accept(&town.stack.root(&create).ok().out, FIRST).ok();
    town.stack.root(&["accounts", "create", "bob", "--email", "bob@example.com"]).ok();
    town.login("ada", FIRST).ok();
    let me = |args: &[&str]| town.user(&[&["accounts", "me"], args].concat(), "");
    let shown = me(&[]).ok().out;
    assert!(shown.contains("ada@example.com"), "{shown}");
    let changed = me(&["--email", "Countess@Example.com", "--display-name", "Ada", "-o", "json"]);
    let changed = changed.json();
    assert_eq!(changed["email"], "countess@example.com");
    assert_eq!(changed["display_name"], "Ada");
    // What is left out stays; an empty text takes away.
    let without = me(&["--display-name", "", "-o", "json"]).json();
    assert_eq!((&without["email"], without.get("display_name")), (&changed["email"], None));
    assert_eq!(me(&["-o", "json"]).json(), without);
    fails(&me(&["--email", "bob@example.com"]), "email_taken");
    fails(&me(&["--email", "nobody"]), "invalid_request");
    town.login("countess@example.com", FIRST).ok();

    // An application has no account of its own.
    assert_eq!(town.stack.root(&["accounts", "me"]).code, 3);
}

/// The server hides buckets from those who administer nothing in them; the command says what it takes.
#[test]
fn who_administers_nothing_in_a_bucket_is_told_what_it_takes() {
    let town = Town::new();
    let root = |args: &[&str]| town.stack.root(args).ok();
    town.accept(&root(&["accounts", "create", "ada"]).out, FIRST).ok();
    town.login("ada", FIRST).ok();
    let ada = root(&["accounts", "show", "ada", "-o", "json"]).json();
    let ada = ada["id"].as_str().unwrap();
    root(&["buckets", "put", "photos"]);
    root(&["grants", "put", ada, "photos", "read"]);
    let asked: [&[&str]; 5] = [
        &["grants", "list", "--bucket", "photos"],
        &["grants", "export", "--bucket", "photos"],
        &["grants", "put", "bob", "photos", "read"],
        &["grants", "delete", ada, "photos"],
        &["buckets", "access", "photos"],
    ];
    let absent = |args: &[&str]| -> Vec<String> {
        args.iter().map(|arg| arg.replace("photos", "nowhere")).collect()
    };
    for args in asked {
        let said = town.user(args, "");
        fails(&said, "bucket not found");
        fails(&said, "hint: only those who have `admin` on some of the bucket");
        // Of a bucket that is not there the same is said.
        let absent = absent(args);
        let absent: Vec<&str> = absent.iter().map(String::as_str).collect();
        assert_eq!(town.user(&absent, "").err, said.err, "{args:?}");
    }
    root(&["grants", "put", ada, "photos/raw/", "admin"]);
    for args in &asked[..2] {
        town.user(args, "").ok();
    }
    let part = town.user(asked[4], "");
    assert!(part.err.contains("no admin permission on all of `photos`"), "{part:?}");
    assert!(!part.err.contains("hint:"), "{part:?}");
}

#[test]
fn a_user_who_signed_in_makes_a_personal_key_and_a_program_shows_it() {
    let town = Town::new();
    let made = ["accounts", "create", "bob", "--password-stdin", "--must-change-password", "false"];
    town.stack.fed(&made, FIRST).ok();
    town.login("bob", FIRST).ok();
    let create = ["access-keys", "create", "--kind", "token", "--name", "ci"];
    let said = town.user(&create, "").ok();
    let token = said.out.trim().strip_prefix("SAIL_CARGO_TOKEN=").unwrap().to_owned();
    assert!(token.starts_with("cgpk_live_CGAK") && !said.err.contains(&token), "{said:?}");
    says(&said, "It is shown only once");
    let program = |args: &[&str]| {
        let mut command = command(town.stack.directory.path());
        command.args(args).args(["--url", &town.stack.url]).env("SAIL_CARGO_TOKEN", &token);
        Said::of(&command.output().unwrap())
    };
    program(&["whoami"]).ok();
    let refused = program(&create);
    assert_eq!(refused.code, 3, "{refused:?}");
    says(&refused, "sign in again, then repeat it: sail-cargo login");
    let list = ["access-keys", "list", "--kind", "token", "-o", "json"];
    let listed = town.user(&list, "").json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["kind"]), (1, &json!("token")));
    assert_eq!(
        town.user(&["access-keys", "list", "--kind", "s3", "-o", "json"], "").json(),
        json!([])
    );
    town.user(&["access-keys", "revoke", listed[0]["access_key_id"].as_str().unwrap()], "").ok();
    fails(&program(&["whoami"]), "invalid_personal_key");
}

#[test]
fn an_administrator_takes_and_gives_back_what_a_user_has() {
    let town = Town::new();
    let root = |args: &[&str]| town.stack.root(&[&["accounts"], args].concat());
    let made = ["accounts", "create", "bob", "--password-stdin", "--must-change-password", "false"];
    town.stack.fed(&made, FIRST).ok();
    town.login("bob", FIRST).ok();
    says(&root(&["end-sessions", "bob"]).ok(), "bob is signed out everywhere");
    fails(&town.user(&["whoami"], ""), "has ended: run `sail-cargo login");

    town.login("bob", FIRST).ok();
    says(&root(&["disable", "bob"]).ok(), "account bob is disabled");
    fails(&town.user(&["whoami"], ""), "");
    fails(&town.login("bob", FIRST), "invalid_login");
    root(&["enable", "bob"]).ok();
    let link = root(&["reset", "bob"]).ok();
    says(&link, "is shown only once");
    fails(&town.login("bob", FIRST), "invalid_login");
    town.accept(&link.out, SECOND).ok();
    town.login("bob", SECOND).ok();
    assert!(town.user(&["whoami"], "").ok().out.contains("\nreset    "), "its user sees it");

    let set = root(&["set", "bob", "--username", "rob", "--display-name", "Róbert"]).ok();
    assert!(set.out.contains("Róbert"), "{set:?}");
    root(&["delete", "rob"]).ok();
    fails(&town.user(&["whoami"], ""), "");
    fails(&root(&["create", "bob"]), "username_taken");
    let operator = |args: &[&str]| {
        town.stack.operator(&[&["accounts"], args, &["--in-project", "sail"]].concat())
    };
    let names = operator(&["reserved", "-o", "json"]).json();
    let names: Vec<_> = names.as_array().unwrap().iter().map(|one| &one["username"]).collect();
    assert_eq!(names, ["bob", "rob"]);
    operator(&["free", "bob"]).ok();
    root(&["create", "bob"]).ok();
}
