//! The audit spool keeps events in files until they are in the database. No event is lost with the
//! process or written twice, and an event that cannot be kept is refused.

use sail_cargo_database::testing::diesel;
use std::fs::File;
use std::path::{Path, PathBuf};

use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use sail_cargo_client::protocol::{Check, Readiness};
use sail_cargo_database::DatabaseError;
use sail_cargo_server::audit::AuditError;
use sail_cargo_server::domain::AuditFilter;
use sail_cargo_server::domain::ProjectId;

use crate::harness::{
    Recorder, S3, Setup, TestApp, TestDatabase, database, decision, eventually, logs, on_both,
    on_both_with,
};

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        directory.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The text of all files in the directory.
fn text(directory: &Path) -> String {
    files(directory).iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// Leaves the spool of a server that dies before it has written an event: its database has no
/// table.
async fn dead(app: &TestApp, directory: &Path, calls: &[&[&str]]) {
    let empty = TestDatabase::create(app.database.kind());
    let recorder = app.recorder_on(empty.url()).await.spooled(directory);
    for objects in calls {
        recorder.record(objects).await.unwrap();
    }
    drop(recorder);
    eventually("nobody holds the files", async || {
        files(directory).iter().all(|file| File::open(file).unwrap().try_lock().is_ok())
    })
    .await;
}

async fn eventually_listed(recorder: &Recorder, objects: &[&str]) {
    eventually("they are listed", async || recorder.listed().await == objects).await;
}

/// Waits until the directory holds only the recorder's own, empty file.
async fn eventually_idle(directory: &Path) {
    eventually(
        "only an empty file is left",
        async || matches!(&files(directory)[..], [own] if own.metadata().unwrap().len() == 0),
    )
    .await;
}

#[tokio::test]
async fn a_signature_is_on_record_for_whoever_looks_at_once() {
    on_both_with(Setup::Spool, async |app| {
        app.register("photos").await;
        for key in ["a", "b", "c"] {
            let answer = app.root().sign(&S3::new("GET", &format!("/photos/{key}"))).await;
            assert_eq!(answer.status, 200);
            assert_eq!(app.record(&answer).await.key.as_deref(), Some(key));
        }
        let refused = app.bob().sign(&S3::new("GET", "/photos/a")).await;
        assert_eq!(app.record(&refused).await.reason, "no_permission");
        eventually_idle(app.spool.path()).await;
        let ready = app.anon().get("/readyz").await;
        let readiness: Readiness = serde_json::from_str(&ready.body).unwrap();
        assert_eq!(readiness.checks["audit"], Check::Ok);
    })
    .await;
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    text: String,
}

#[tokio::test]
async fn a_server_that_is_stopped_leaves_nothing() {
    for kind in database::kinds() {
        let mut app = TestApp::start(*kind, Setup::Spool).await;
        app.register("photos").await;
        app.root().signed(&S3::new("GET", "/photos/x")).await;
        let spool = std::mem::replace(&mut app.spool, tempfile::tempdir().unwrap());
        let database = std::mem::replace(&mut app.database, TestDatabase::create(*kind));
        app.stop().await;
        assert_eq!(files(spool.path()), [] as [PathBuf; 0]);
        let query = "SELECT object_key AS text FROM audit_event WHERE action = 's3:GetObject'";
        let signed: Vec<Key> = database.rows(query);
        assert!(matches!(&signed[..], [key] if key.text == "x"));
    }
}

#[tokio::test]
async fn a_database_that_does_not_write_is_waited_for() {
    on_both_with(Setup::Spool, async |app| {
        app.register("photos").await;
        app.database.execute("ALTER TABLE audit_event RENAME TO elsewhere");
        let signed = app.root().signed(&S3::new("GET", "/photos/x")).await;
        let readiness = async || app.anon().get("/readyz").await;
        eventually("it is not ready", async || readiness().await.status == 503).await;
        assert!(readiness().await.body.contains("audit events wait in the spool"));
        let waiting = text(app.spool.path());
        assert!(waiting.contains("s3:GetObject"));
        let signature = signed.headers["authorization"].rsplit('=').next().unwrap();
        let root_key = app.secrets.root_key.rsplit('_').next().unwrap();
        for secret in [signature, root_key, &app.secrets.store] {
            assert!(!waiting.contains(secret), "{secret} in {waiting}");
        }

        app.database.execute("ALTER TABLE elsewhere RENAME TO audit_event");
        eventually("it is ready", async || readiness().await.status == 200).await;
        let recorder = app.recorder().await;
        eventually_listed(&recorder, &["x"]).await;
        eventually_idle(app.spool.path()).await;
    })
    .await;
}

#[tokio::test]
async fn a_listing_that_would_lack_something_is_not_given() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        let recorder = app.recorder().await.spooled(spool.path());
        let barrier = app.database.barrier();
        recorder.record(&["a"]).await.unwrap();
        let (project, filter) = (recorder.project.clone(), AuditFilter::default());
        let listed = recorder.store.audit().events(project, filter, None).await;
        assert!(matches!(listed, Err(AuditError::Database(DatabaseError::Unavailable(_)))));
        drop(barrier);
        eventually("it is written", async || text(spool.path()).is_empty()).await;
        assert_eq!(recorder.listed().await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_server_left_is_written_once_by_the_next() {
    on_both(async |app| {
        let (left, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        dead(app, left.path(), &[&["a"], &["b", "c"], &["d"]]).await;
        let lines = text(left.path());
        assert_eq!(lines.lines().count(), 4);
        let name = files(left.path())[0].file_name().unwrap().to_owned();

        // Two of the events were written before the server died.
        let two: String = lines.split_inclusive('\n').take(2).collect();
        std::fs::write(spool.path().join(&name), two).unwrap();
        let first = app.recorder().await.spooled(spool.path());
        eventually_listed(&first, &["a", "b"]).await;
        eventually_idle(spool.path()).await;

        std::fs::write(spool.path().join(&name), &lines).unwrap();
        let second = app.recorder().await.spooled(spool.path());
        eventually_listed(&second, &["a", "b", "c", "d"]).await;
        eventually("the file is gone", async || !spool.path().join(&name).exists()).await;
        second.record(&["e"]).await.unwrap();
        assert_eq!(second.listed().await, ["a", "b", "c", "d", "e"]);
    })
    .await;
}

#[tokio::test]
async fn what_the_version_before_left_is_written_as_well() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        dead(app, spool.path(), &[&["a"], &["b"]]).await;
        let file = &files(spool.path())[0];
        let lines = text(spool.path());
        let old: String = lines.lines().map(|line| without_news(line) + "\n").collect();
        assert_ne!(old, lines);
        std::fs::write(file.with_extension("jsonl"), old).unwrap();
        std::fs::remove_file(file).unwrap();

        let next = app.recorder().await.spooled(spool.path());
        eventually_listed(&next, &["a", "b"]).await;
        eventually_idle(spool.path()).await;
    })
    .await;
}

/// A line as the first version wrote it: fields with their names, and none that came later.
fn without_news(line: &str) -> String {
    const NAMES: [&str; 16] = [
        "id",
        "project_id",
        "at",
        "request_id",
        "actor",
        "via_key",
        "action",
        "bucket",
        "object_key",
        "outcome",
        "reason",
        "detail",
        "revision",
        "method",
        "payload",
        "access_key_id",
    ];
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let values = line["e"].as_array().unwrap();
    let old: serde_json::Map<_, _> =
        NAMES.into_iter().map(str::to_owned).zip(values.iter().cloned()).collect();
    serde_json::Value::Object(old).to_string()
}

#[tokio::test]
async fn a_last_line_that_was_never_finished_is_nobodys() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        dead(app, spool.path(), &[&["a"], &["b"]]).await;
        let file = &files(spool.path())[0];
        let lines = std::fs::read(file).unwrap();
        std::fs::write(file, &lines[..lines.len() - 20]).unwrap();

        let next = app.recorder().await.spooled(spool.path());
        eventually_idle(spool.path()).await;
        assert_eq!(next.listed().await, ["a"]);
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(logs::lines_with(name).iter().any(|line| line.contains("unfinished last line")));
    })
    .await;
}

#[tokio::test]
async fn a_line_that_is_none_is_kept_for_somebody_to_look_at() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        dead(app, spool.path(), &[&["a"], &["b"], &["c"]]).await;
        let file = files(spool.path())[0].clone();
        let spoilt = text(spool.path()).replace("\"b\"", "\"b\",\"odd\"");
        std::fs::write(&file, &spoilt).unwrap();

        let next = app.recorder().await.spooled(spool.path());
        eventually_listed(&next, &["a", "c"]).await;
        let aside = file.with_extension("spool.damaged");
        eventually("it is put aside", async || aside.exists() && !file.exists()).await;
        assert_eq!(std::fs::read_to_string(&aside).unwrap(), spoilt);
        let told = logs::lines_with(aside.to_str().unwrap());
        assert!(!told.is_empty() && told.iter().all(|line| !line.contains("odd")), "{told:?}");
        next.record(&["d"]).await.unwrap();
        assert_eq!(next.listed().await, ["a", "c", "d"]);
    })
    .await;
}

#[tokio::test]
async fn a_line_of_a_newer_version_stays_for_a_server_of_that_version() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        dead(app, spool.path(), &[&["a"], &["b"], &["c"]]).await;
        let file = files(spool.path())[0].clone();
        let lines = text(spool.path());
        let mixed: String = lines.lines().map(|line| newer_for("\"b\"", line) + "\n").collect();
        assert_eq!(mixed.matches("\"v\":4").count(), 1);
        std::fs::write(&file, &mixed).unwrap();

        let name = file.file_name().unwrap().to_str().unwrap();
        // Each start reports the unknown line once, and writes the known events once.
        for starts in 1..=2 {
            let next = app.recorder().await.spooled(spool.path());
            eventually_listed(&next, &["a", "c"]).await;
            eventually("it is told", async || told_newer(name) == starts).await;
            drop(next);
            eventually("nobody holds it", async || File::open(&file).unwrap().try_lock().is_ok())
                .await;
            assert_eq!(std::fs::read_to_string(&file).unwrap(), mixed);
        }
        let names = files(spool.path());
        assert!(names.iter().all(|file| file.extension().unwrap() != "damaged"), "{names:?}");

        // The newer version writes the event of its line.
        std::fs::write(&file, &lines).unwrap();
        let newer = app.recorder().await.spooled(spool.path());
        eventually("the file is gone", async || !file.exists()).await;
        let mut listed = newer.listed().await;
        listed.sort();
        assert_eq!(listed, ["a", "b", "c"]);
    })
    .await;
}

/// The line as a later version might write it, if it is about `object`.
fn newer_for(object: &str, line: &str) -> String {
    if !line.contains(object) {
        return line.to_owned();
    }
    line.replace("{\"v\":3,\"e\":", "{\"v\":4,\"event\":")
}

fn told_newer(name: &str) -> usize {
    logs::lines_with(name).iter().filter(|line| line.contains("written by a newer version")).count()
}

#[tokio::test]
async fn the_files_of_a_living_server_are_left_alone() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        let empty = TestDatabase::create(app.database.kind());
        let living = app.recorder_on(empty.url()).await.spooled(spool.path());
        living.record(&["theirs"]).await.unwrap();
        let before = text(spool.path());

        let other = app.recorder().await.spooled(spool.path());
        other.record(&["own"]).await.unwrap();
        assert_eq!(other.listed().await, ["own"]);
        eventually("the other's file is empty", async || text(spool.path()) == before).await;
        living.record(&["more"]).await.unwrap();
        assert_eq!(text(spool.path()).lines().count(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_the_database_refuses_for_good_stops_nobody_and_is_kept() {
    on_both(async |app| {
        let spool = tempfile::tempdir().unwrap();
        let recorder = app.recorder().await.spooled(spool.path());
        recorder.record(&["a"]).await.unwrap();
        let nobodys = ProjectId::parse("00000000-0000-4000-8000-000000000000").unwrap();
        recorder.record_all(vec![decision(&nobodys, "b")]).await.unwrap();
        recorder.record(&["c"]).await.unwrap();
        assert_eq!(recorder.listed().await, ["a", "c"]);
        let aside = async || {
            let mut aside = files(spool.path());
            aside.retain(|file| file.extension().is_some_and(|extension| extension == "damaged"));
            aside
        };
        eventually("it is put aside", async || !aside().await.is_empty()).await;
        assert!(std::fs::read_to_string(&aside().await[0]).unwrap().contains(nobodys.as_str()));
        recorder.record(&["d"]).await.unwrap();
        assert_eq!(recorder.listed().await, ["a", "c", "d"]);
    })
    .await;
}

#[tokio::test]
async fn a_spool_has_an_end() {
    let app = TestApp::start(database::Kind::Sqlite, Setup::Usual).await;
    let spool = tempfile::tempdir().unwrap();
    let empty = TestDatabase::create(database::Kind::Sqlite);
    let recorder = app.recorder_on(empty.url()).await.spooled(spool.path());
    let thousand = || vec![decision(&recorder.project, "x"); 1000];
    for _ in 0..65 {
        recorder.record_all(thousand()).await.unwrap();
    }
    let full = recorder.record_all(thousand()).await;
    assert!(matches!(full, Err(AuditError::Database(DatabaseError::Unavailable(_)))), "{full:?}");
    recorder.record_all(vec![decision(&recorder.project, "x"); 536]).await.unwrap();
    let full = recorder.record(&["y"]).await;
    assert!(matches!(full, Err(AuditError::Database(DatabaseError::Unavailable(_)))), "{full:?}");

    let all = files(spool.path());
    assert!(all.len() > 3, "segments of four megabytes: {all:?}");
    assert_eq!(text(spool.path()).lines().count(), 65_536);
    app.stop().await;
}

#[tokio::test]
async fn a_directory_that_is_none_is_refused_by_the_name_of_the_setting() {
    let app = TestApp::start(database::Kind::Sqlite, Setup::Usual).await;
    let file = app.spool.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [Path::new("/nowhere/at/all"), &file] {
        let error = app.recorder().await.store.with_audit_spool(path).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("SAIL_CARGO_AUDIT_SPOOL"), "{error}");
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
    app.stop().await;
}
