//! A process opens its database: alone or beside others, at once or when it becomes available; or
//! exits if the database does not fit.

use sail_cargo_database::testing::diesel;
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use sail_cargo_database::DatabaseUrl;

use crate::database::{Kind, TestDatabase, kinds};
use crate::faults::Fault;
use crate::served::Said;
use crate::town::Town;

/// A migration of a later release.
const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000999')";

#[test]
fn six_that_migrate_a_new_database_at_once_all_succeed() {
    for kind in kinds() {
        for _ in 0..3 {
            let town = Town::found(*kind);
            let six: Vec<_> = (0..6).map(|_| town.spawn(&["migrate"])).collect();
            let mut applied = Vec::new();
            for one in six {
                let said = Said::of(&one.wait_with_output().unwrap()).ok();
                let names = said.err.lines().filter_map(|line| line.strip_prefix("applied "));
                applied.extend(names.map(ToOwned::to_owned));
            }
            let mut once = applied.clone();
            once.sort();
            once.dedup();
            assert!(once.len() >= 6 && applied.len() == once.len(), "{applied:?}");
            town.run(&["migrate", "--check"]).ok();
            if let TestDatabase::Sqlite(directory) = &town.database {
                let names =
                    directory.path().read_dir().unwrap().map(|file| file.unwrap().file_name());
                let litter = |name: &std::ffi::OsString| {
                    !["cargo.db", "cargo.db-wal", "cargo.db-shm"].contains(&name.to_str().unwrap())
                };
                assert_eq!(names.filter(litter).count(), 0, "nothing but the database is left");
            }
        }
    }
}

/// Takes the lock of a migrating process, until dropped.
fn others_migrate(database: &TestDatabase) -> Box<dyn std::any::Any> {
    match database.url() {
        DatabaseUrl::Sqlite(path) => {
            let directory = std::fs::File::open(path.parent().unwrap()).unwrap();
            directory.lock().unwrap();
            Box::new(directory)
        }
        DatabaseUrl::Postgres(url) => {
            let mut connection = PgConnection::establish(&url).unwrap();
            // The lock's number is the same in every release.
            connection.batch_execute("SELECT pg_advisory_lock(1511115360)").unwrap();
            Box::new(connection)
        }
    }
}

#[test]
fn whoever_waits_for_another_s_migration_waits_as_long_as_it_takes() {
    for kind in kinds() {
        let town = Town::found(*kind);
        let others = others_migrate(&town.database);
        let mut waits = town.spawn(&["migrate"]);
        // Longer than the time limits of other locks and of statements.
        let end = Instant::now() + Duration::from_secs(6);
        while Instant::now() < end {
            assert!(waits.try_wait().unwrap().is_none(), "it gave up, or did not wait");
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(others);
        Said::of(&waits.wait_with_output().unwrap()).ok();
    }
}

/// Makes the database unreachable before it exists: removes its directory, or the way to it.
fn take_away(town: &Town) -> impl FnOnce() {
    let path = match &town.database {
        TestDatabase::Sqlite(directory) => Some(directory.path().to_owned()),
        TestDatabase::Postgres(_) => None,
    };
    match (&path, &town.proxy) {
        (Some(path), _) => std::fs::remove_dir_all(path).unwrap(),
        (None, Some(proxy)) => proxy.set(Fault::Refuse),
        (None, None) => {}
    }
    let proxy = town.proxy.as_ref();
    move || match (path, proxy) {
        (Some(path), _) => std::fs::create_dir(path).unwrap(),
        (None, Some(proxy)) => proxy.heal(),
        (None, None) => {}
    }
}

#[test]
fn a_database_that_is_away_is_waited_for_in_one_line_and_opened_when_it_is_there() {
    for kind in kinds() {
        let town = Town::found(*kind);
        let bring_back = take_away(&town);
        let begun = Instant::now();
        let server = town.serve(&["--migrate"]);
        assert!(begun.elapsed() < Duration::from_secs(3), "it listens at once");
        let ready = server.ask("/readyz");
        assert_eq!((ready.status, &ready.check("database")["status"]), (503, &"failed".into()));
        assert_eq!(server.ask("/livez").status, 200);
        for path in ["/v1/whoami", "/v1/buckets"] {
            let refused = server.ask(path);
            assert_eq!(refused.status, 503);
            assert!(refused.text.contains("retry-after: 1"), "{refused:?}");
            assert!(refused.text.contains("\"code\":\"unavailable\""), "{refused:?}");
        }
        // By now the server has tried several times.
        let tried = Instant::now() + Duration::from_secs(2);
        server.eventually("tried again", || Instant::now() > tried);
        bring_back();
        server.eventually("ready", || server.ask("/readyz").status == 200);
        let waits = server.lines("waiting for the database");
        assert_eq!(waits.len(), 1, "{waits:?}");
        let troubles = server.lines("WARN").len() + server.lines("ERROR").len();
        // The other warnings: no auth service, and on PostgreSQL perhaps those of the pool.
        assert!(troubles <= 4, "{:?}", server.lines(""));
        assert!(!server.lines("applied migration").is_empty());
        assert_eq!(server.ask("/v1/whoami").status, 401, "it answers for itself now");
    }
}

#[test]
fn a_database_that_comes_and_is_the_wrong_one_ends_the_server() {
    for kind in kinds() {
        let town = Town::found(*kind);
        let bring_back = take_away(&town);
        let mut server = town.serve(&[]);
        bring_back();
        assert_eq!(server.ends(), 1);
        server.eventually("said why", || !server.lines("run `sail-cargo migrate`").is_empty());
    }
}

#[test]
fn a_schema_that_is_newer_is_no_start() {
    for kind in kinds() {
        let town = Town::furnished(*kind);
        town.database.execute(NEWER);
        let said = town.refuses_to_serve(&[]);
        assert!(said.err.contains("newer than this program"), "{said:?}");
        assert!(said.err.contains("00000000000999"), "{said:?}");
        let said = town.refuses_to_serve(&["--migrate"]);
        assert!(said.err.contains("00000000000999"), "{said:?}");
        for command in [&["migrate"][..], &["migrate", "--check"], &["stores", "list"]] {
            let said = town.run(command);
            assert_eq!(said.code, 1, "{command:?}: {said:?}");
            assert!(said.err.contains("00000000000999"), "{command:?}: {said:?}");
        }
    }
}

#[test]
fn a_wrong_master_key_is_no_start_and_no_command_uses_it() {
    for kind in kinds() {
        let town = Town::furnished(*kind);
        let id = |said: &Said| -> Vec<String> {
            let words = said.err.split(|letter: char| !letter.is_ascii_hexdigit());
            words.filter(|word| word.len() == 16).map(ToOwned::to_owned).collect()
        };
        town.serve_ready(&[]).server.kill();
        let other = town.run(&["keys", "master"]).ok().out;
        std::fs::write(town.directory.path().join("master.key"), &other).unwrap();

        let said = town.refuses_to_serve(&[]);
        assert!(said.err.contains("master key"), "{said:?}");
        let ids = id(&said);
        assert_eq!(ids.len(), 2, "both keys are named: {said:?}");
        assert_ne!(ids[0], ids[1]);
        assert!(!said.err.contains(other.trim()), "and neither is shown");

        let said = town.run(&["stores", "test", "main"]);
        assert_eq!((said.code, id(&said)), (1, ids.clone()), "{said:?}");
        let another = ["stores", "put", "spare", "--no-probe", "--endpoint", "http://127.0.0.1:8"];
        let account = ["--access-key-id", "AKIA2", "--secret-file", "secret"];
        let said = town.run(&[&another[..], &account].concat());
        assert_eq!((said.code, id(&said)), (1, ids), "{said:?}");
        town.run(&[&another[..], &account, &["--new-master-key"]].concat()).ok();
        town.run(&["stores", "delete", "spare"]).ok();
        // Commands that need no secret work, and so does the store once its secret is sealed again.
        town.run(&["stores", "list"]).ok();
        let anew = ["stores", "put", "main", "--no-probe", "--endpoint", "http://127.0.0.1:9"];
        let account = ["--access-key-id", "AKIA1", "--secret-file", "secret"];
        town.run(&[&anew[..], &account].concat()).ok();
        town.serve_ready(&[]);
    }
}

#[test]
fn a_file_that_is_busy_is_migrated_when_it_is_not() {
    let town = Town::found(Kind::Sqlite);
    town.run(&["migrate"]).ok();
    let barrier = town.database.barrier();
    let mut waits = town.spawn(&["migrate"]);
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        assert!(waits.try_wait().unwrap().is_none(), "it did not wait for the writer");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(barrier);
    Said::of(&waits.wait_with_output().unwrap()).ok();
}
