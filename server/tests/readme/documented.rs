//! Runs the examples of the crates' documentation and of the cookbook that rustdoc only compiles, because they need
//! a server: against `dev`. A file in `examples/` equals the example, except that its addresses are mapped.
//! `UPDATE_README_EXAMPLES=1` rewrites the files.

use crate::blocks::{block_of, blocks_of, example_of};
use crate::dev_shell::DevShell;
use crate::examples::{at, demand_same, run_in, token};

const COOKBOOK: &str = "docs/cookbook.md";

/// The examples in the documentation of the crates, each with its source file.
const OF_CRATES: [(&str, &str); 7] = [
    ("root_bucket", "middleware/src/lib.rs"),
    ("decider", "client/src/decider.rs"),
    ("grants_stream", "client/src/lib.rs"),
    ("connect", "middleware/src/connect.rs"),
    ("presign", "middleware/src/presign.rs"),
    ("listing", "middleware/src/listing.rs"),
    ("transfers", "transfer/src/lib.rs"),
];

/// The examples of the cookbook, each with a text that only its block contains.
const OF_COOKBOOK: [(&str, &str); 9] = [
    ("cookbook_user", ".region(Region::new(\"eu-west-1\"))"),
    ("cookbook_token_file", "TokenFile::new"),
    ("cookbook_backup", "fn backup("),
    ("cookbook_fake", "FakeAuthority::start"),
    ("cookbook_provider", "impl TokenProvider"),
    ("cookbook_link", "fn link("),
    ("cookbook_socket", "unix:/run/sail-cargo"),
    ("cookbook_show", "fn show("),
    ("cookbook_gateway", "Credentials::new(id, secret"),
];

fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}

fn signer() -> sail_cargo_middleware::RemoteSigner {
    let token = sail_cargo_client::StaticToken::new(variable("SAIL_CARGO_TOKEN"));
    sail_cargo_middleware::RemoteSigner::user(at("https://cargo.example.com"), token).unwrap()
}

async fn s3() -> aws_sdk_s3::Client {
    signer().connect().await.unwrap()
}

mod root_bucket {
    use super::at;
    include!("examples/root_bucket.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        example().await.unwrap();
    }
}

mod decider {
    use super::at;
    include!("examples/decider.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        example().await.unwrap();
    }
}

mod grants_stream {
    use super::{at, variable};
    include!("examples/grants_stream.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        let key = sail_cargo_client::Credentials::api_key(variable("CARGO_API_KEY"));
        let cargo = Client::builder(at("https://cargo.example.com")).credentials(key);
        example(&cargo.build().unwrap()).await.unwrap();
    }
}

#[allow(unused_variables, reason = "the example shows how an object is had")]
mod connect {
    use super::{at, variable};
    include!("examples/connect.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        example(variable("SAIL_CARGO_TOKEN")).await.unwrap();
    }
}

#[allow(clippy::duration_suboptimal_units, reason = "readers know seconds")]
mod presign {
    use super::{s3, signer};
    include!("examples/presign.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        example(&s3().await, &signer()).await.unwrap();
    }
}

mod listing {
    use super::s3;
    include!("examples/listing.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        example(s3().await).await.unwrap();
    }
}

mod transfers {
    use super::s3;
    include!("examples/transfers.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        example(s3().await).await.unwrap();
    }
}

mod cookbook_user {
    use super::{at, variable};
    include!("examples/cookbook_user.rs");

    /// Asks nobody: its storage is AWS, which no test has.
    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        let s3 = client(variable("SAIL_CARGO_TOKEN")).unwrap();
        println!("{}", s3.config().region().unwrap());
    }
}

mod cookbook_token_file {
    use super::at;
    include!("examples/cookbook_token_file.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        let s3 = client().await.unwrap();
        s3.get_object().bucket("photos").key("cat.png").send().await.unwrap();
    }
}

mod cookbook_backup {
    use super::s3;
    include!("examples/cookbook_backup.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        backup(s3().await, CancellationToken::new()).await.unwrap();
    }
}

#[allow(unused_variables, reason = "the reader's code has the client")]
mod cookbook_fake {
    include!("examples/cookbook_fake.rs");

    /// It has a server of its own.
    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        a_reader_is_told_that_he_may_not_write().await;
    }
}

#[allow(clippy::unused_async, reason = "the reader's function waits for its auth service")]
mod cookbook_provider {
    include!("examples/cookbook_provider.rs");

    /// Asks nobody: what it calls a token is none.
    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        Session.token(Refresh::Force).await.unwrap();
    }
}

#[allow(clippy::duration_suboptimal_units, reason = "readers know seconds")]
mod cookbook_link {
    use super::{s3, signer};
    include!("examples/cookbook_link.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        println!("{}", link(&s3().await, &signer()).await.unwrap());
    }
}

mod cookbook_socket {
    use super::variable;
    include!("examples/cookbook_socket.rs");

    /// Asks nobody: `dev` has no Unix socket. Tests of the client ask by one.
    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        client(variable("CARGO_API_KEY")).unwrap();
    }
}

mod cookbook_show {
    use super::{at, variable};
    include!("examples/cookbook_show.rs");

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        let key = sail_cargo_client::Credentials::api_key(variable("CARGO_API_KEY"));
        let cargo = Client::builder(at("https://cargo.example.com")).credentials(key);
        println!("{}", show(cargo.build().unwrap(), &variable("USER_ID")).await.unwrap());
    }
}

mod cookbook_gateway {
    use super::variable;
    include!("examples/cookbook_gateway.rs");

    /// The address of the example is the gateway's here, not a storage's.
    fn at(_: &str) -> String {
        variable("GATEWAY")
    }

    #[tokio::test]
    #[ignore = "run by `each_example_of_the_crates_and_the_cookbook_runs`, beside `dev`"]
    async fn runs() {
        let s3 = client(&variable("KEY_ID"), &variable("KEY_SECRET"));
        let cat = s3.get_object().bucket("photos").key("cat.png").send().await.unwrap();
        println!("{:?}", cat.content_length());
    }
}

#[test]
fn each_example_is_one_of_the_crates_or_of_the_cookbook() {
    for (name, source) in OF_CRATES {
        demand_same(name, &example_of(source));
    }
    for (name, mark) in OF_COOKBOOK {
        demand_same(name, &block_of(COOKBOOK, "rust,no_run", mark));
    }
    let shown = blocks_of(COOKBOOK).into_iter().filter(|block| block.language == "rust,no_run");
    assert_eq!(shown.count(), OF_COOKBOOK.len(), "one of them is not run");
}

#[test]
fn each_example_of_the_crates_and_the_cookbook_runs() {
    let shell = DevShell::set();
    let (key, token) = (shell.kept("root.key"), token(&shell, "ada"));
    let ada = shell.id_of("ADA");
    let run = |name: &str, more: &[(&str, &str)]| {
        let known = [("CARGO_API_KEY", key.as_str()), ("SAIL_CARGO_TOKEN", token.as_str())];
        run_in("documented", &shell, name, &[&known, more].concat())
    };
    // The bucket that the others use.
    run("root_bucket", &[]);
    let set_up = format!(
        "export SAIL_CARGO_API_KEY_FILE=.sail-cargo/root.key\n\
         sail-cargo grants put {ada} photos read,write,delete\n\
         sail-cargo grants put staff photos/2026/ read --token-group\n\
         unset SAIL_CARGO_API_KEY_FILE; export SAIL_CARGO_TOKEN={token}\n\
         printf %s \"$SAIL_CARGO_TOKEN\" > token\n\
         printf meow > cat.png; printf rolling > film.mkv; printf all > backup.tar\n\
         for key in cat.png 2026/cat.png; do sail-cargo cp cat.png s3://photos/$key; done\n"
    );
    shell.shell(&set_up).ok();

    assert!(run("decider", &[]).contains("shown"));
    let grants = run("grants_stream", &[]);
    assert!(grants.contains("staff may {Read}") && grants.contains(&ada), "{grants}");
    run("connect", &[]);
    let printed = run("presign", &[]);
    let url = printed.lines().find_map(|line| line.strip_prefix("until ")?.split_once(": "));
    let url = url.unwrap_or_else(|| panic!("{printed}")).1;
    assert_eq!(shell.shell(&format!("curl -sf '{url}'")).ok().out, "meow");
    assert!(run("listing", &[]).contains("\"2026/cat.png\""));
    let moved = run("transfers", &[]);
    assert!(moved.contains("7 bytes, verified by"), "{moved}");
    assert_eq!(shell.shell("cat copy.mkv").ok().out, "rolling");

    assert!(run("cookbook_user", &[]).contains("eu-west-1"));
    run("cookbook_token_file", &[]);
    assert!(run("cookbook_backup", &[]).contains("verified by"));
    run("cookbook_fake", &[]);
    run("cookbook_provider", &[]);
    let link = run("cookbook_link", &[]);
    let link = link.lines().find(|line| line.starts_with("http://")).unwrap();
    assert_eq!(shell.shell(&format!("curl -sf '{link}'")).ok().out, "meow");
    run("cookbook_socket", &[]);
    assert!(run("cookbook_show", &[("USER_ID", &ada)]).contains("true"));
    let make = format!("sail-cargo access-keys create --user {ada} --name laptop");
    let made = shell.shell(&format!("export SAIL_CARGO_API_KEY_FILE=.sail-cargo/root.key\n{make}"));
    let made = made.ok().out;
    let value = |name: &str| {
        let line = made.lines().find_map(|line| line.split_once(name));
        line.unwrap_or_else(|| panic!("{made}")).1
    };
    let gateway = shell.here("http://localhost:9000");
    let keys = [
        ("KEY_ID", value("AWS_ACCESS_KEY_ID=")),
        ("KEY_SECRET", value("AWS_SECRET_ACCESS_KEY=")),
        ("GATEWAY", &gateway),
    ];
    assert!(run("cookbook_gateway", &keys).contains("Some(4)"));
}
