//! A user's first commands: their target, and an environment with variables the user did not set.

use crate::served::{Said, Server, command};
use crate::test_stack::TestStack;

/// The variables that Kubernetes sets in every pod for a Service called `sail-cargo`.
const SERVICE: [(&str, &str); 8] = [
    ("SAIL_CARGO_SERVICE_HOST", "10.96.0.7"),
    ("SAIL_CARGO_SERVICE_PORT", "8080"),
    ("SAIL_CARGO_SERVICE_PORT_HTTP", "8080"),
    ("SAIL_CARGO_PORT", "tcp://10.96.0.7:8080"),
    ("SAIL_CARGO_PORT_8080_TCP", "tcp://10.96.0.7:8080"),
    ("SAIL_CARGO_PORT_8080_TCP_PROTO", "tcp"),
    ("SAIL_CARGO_PORT_8080_TCP_PORT", "8080"),
    ("SAIL_CARGO_PORT_8080_TCP_ADDR", "10.96.0.7"),
];

#[test]
fn a_server_starts_beside_a_kubernetes_service_of_its_name() {
    let stack = TestStack::set();
    let mut serve = command(stack.directory.path());
    serve.envs(SERVICE).env("SAIL_CARGO_BUCKET", "photos");
    Server::start(serve, &[], std::io::sink()).unwrap();

    let mut list = command(stack.directory.path());
    let said = Said::of(&list.envs(SERVICE).args(["stores", "list"]).output().unwrap()).ok();
    let warnings: Vec<_> = said.err.lines().filter(|line| line.contains("WARN")).collect();
    let [warning] = warnings[..] else { panic!("{said:?}") };
    for (name, _) in SERVICE {
        assert!(warning.contains(name), "{name}: {warning}");
    }
    assert!(warning.contains("nearest setting is SAIL_CARGO_LISTEN"), "{warning}");
}

#[test]
fn a_variable_that_nobody_set_for_us_is_still_refused_with_the_nearest_setting() {
    let directory = tempfile::tempdir().unwrap();
    let mut openapi = command(directory.path());
    openapi.envs(SERVICE).env("SAIL_CARGO_PORT", "8080").arg("openapi");
    let said = Said::of(&openapi.output().unwrap());
    assert_eq!(said.code, 1);
    assert_eq!(
        said.err,
        "sail-cargo: SAIL_CARGO_PORT: no such setting; the nearest is SAIL_CARGO_LISTEN\n"
    );
}

/// Runs `stores list` with these variables and arguments.
fn list(stack: &TestStack, variables: &[(&str, &str)], args: &[&str]) -> Said {
    let mut list = command(stack.directory.path());
    list.env_remove("DATABASE_URL").env("SAIL_CARGO_API_KEY_FILE", "operator.key");
    list.envs(variables.iter().copied()).args(["stores", "list"]).args(args);
    Said::of(&list.output().unwrap())
}

#[test]
fn a_command_goes_where_it_is_sent_and_to_one_place_only() {
    let stack = TestStack::set();
    let (server, nowhere) = (stack.url.as_str(), "http://127.0.0.1:9");
    let (database, missing) = ("sqlite:cargo.db", "sqlite:no/such/directory/cargo.db");
    let (by_url, by_database) = ("SAIL_CARGO_URL", "SAIL_CARGO_DATABASE_URL");
    for (variables, args) in [
        (&[(by_url, server)][..], &[][..]),
        (&[], &["--url", server]),
        (&[], &["--server", server]),
        (&[(by_url, nowhere)], &["--server", server]),
        (&[(by_database, database)], &[]),
        (&[], &["--database", database]),
        (&[], &["--database-url", database]),
        (&[(by_database, missing)], &["--database", database]),
        (&[(by_url, ""), (by_database, database)], &[]),
        (&[(by_url, server), (by_database, "")], &[]),
    ] {
        list(&stack, variables, args).ok();
    }
    for (variables, args, names) in [
        (&[(by_url, server), (by_database, database)][..], &[][..], [by_url, by_database]),
        (&[(by_database, database)], &["--url", server], ["--url", by_database]),
        (&[(by_url, server)], &["--database", database], [by_url, "--database-url"]),
        (&[], &["--url", server, "--database", database], ["--url", "--database-url"]),
    ] {
        let said = list(&stack, variables, args);
        let first = said.err.lines().next().unwrap();
        assert_eq!(said.code, 2, "{said:?}");
        assert!(names.iter().all(|name| first.contains(name)), "{first}");
    }
}

#[test]
fn the_first_line_of_an_error_says_where_the_command_went() {
    let stack = TestStack::set();
    for (variables, args, place) in [
        (&[("SAIL_CARGO_URL", "http://127.0.0.1:9")][..], &[][..], "[server http://127.0.0.1:9]"),
        (&[], &["--database", "sqlite:a.db"], "[local database sqlite:a.db]"),
        (&[("DATABASE_URL", "sqlite:b.db")], &[], "[local database sqlite:b.db]"),
        (&[], &[], "[local database sqlite:sail-cargo.db]"),
    ] {
        let said = list(&stack, variables, args);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.lines().next().unwrap().ends_with(place), "{said:?}");
    }
    std::fs::write(stack.directory.path().join("c.toml"), "[database]\nurl = 'sqlite:c.db'\n")
        .unwrap();
    let said = list(&stack, &[], &["--config", "c.toml"]);
    assert!(said.err.lines().next().unwrap().ends_with("[local database sqlite:c.db]"), "{said:?}");
    // A command that only knows a server goes there, whatever database is named.
    let mut whoever = command(stack.directory.path());
    whoever.env("SAIL_CARGO_DATABASE_URL", "sqlite:cargo.db").args(["buckets", "list"]);
    let said = Said::of(&whoever.output().unwrap());
    let expected = "[server http://127.0.0.1:8080, the default; --url names another]";
    assert!(said.err.lines().next().unwrap().ends_with(expected), "{said:?}");
}
