//! What somebody altered in the database is named.

use super::*;

/// What is wrong with the chain: where, why, and in which column.
type Wrong = (i64, ChainFault, Option<&'static str>);

/// Demands that the chain is broken in this way, and holds before it.
#[track_caller]
fn is_broken(check: &ChainCheck, what: &str, (revision, fault, column): Wrong) {
    let broken = check.broken.as_ref().unwrap_or_else(|| panic!("{what}: {check:?}"));
    assert_eq!((broken.revision, broken.reason), (revision, fault), "{what}: {check:?}");
    assert_eq!(broken.column.as_deref(), column, "{what}");
    assert!(!check.holds && !check.more, "{what}: {check:?}");
}

/// Keeps the log, runs a test with what somebody makes of it, and puts it back.
async fn altered(app: &TestApp, alter: impl FnOnce(), test: impl AsyncFnOnce()) {
    app.database.execute(&format!(
        "CREATE TABLE kept AS SELECT * FROM change;
         CREATE TABLE kept_head AS SELECT * FROM project_head WHERE {PROJECT}"
    ));
    alter();
    test().await;
    app.database.execute(&format!(
        "DELETE FROM change; INSERT INTO change SELECT * FROM kept; DROP TABLE kept;
         UPDATE project_head SET revision = (SELECT revision FROM kept_head),
             chain_hash = (SELECT chain_hash FROM kept_head) WHERE {PROJECT};
         DROP TABLE kept_head"
    ));
    whole(app).await;
}

/// The bytes with one bit flipped.
fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

#[tokio::test]
async fn a_byte_that_was_altered_is_found() {
    on_both(async |app| {
        live(app).await;
        let (_, length) = whole(app).await;
        let bytes = |bytes: &[u8]| literal(app.database.kind(), bytes);
        for revision in [1, length / 2, length] {
            let link = &links(app, revision)[0];
            let hash = Sha256::digest(&link.body);
            let kept = verify(app, &format!("page_size={revision}")).await.next;
            let alter = || set(app, revision, &format!("body = {}", bytes(&flipped(&link.body))));
            altered(app, alter, async || {
                let wrong = (revision, ChainFault::Hash, None);
                is_broken(&verify(app, &format!("after={kept}")).await, "from a head", wrong);
            })
            .await;
            for (column, value, fault) in [
                ("body", flipped(&link.body), ChainFault::Hash),
                ("hash", hash.to_vec(), ChainFault::Hash),
                ("hash", Vec::new(), ChainFault::Hash),
                ("prev_hash", flipped(&link.prev_hash), ChainFault::PreviousHash),
            ] {
                let alter = || set(app, revision, &format!("{column} = {}", bytes(&value)));
                altered(app, alter, async || {
                    let check = verify(app, "").await;
                    is_broken(&check, column, (revision, fault, None));
                    assert_eq!(check.verified_revision, revision - 1);
                })
                .await;
            }
            // With a hash of its own, the next one gives it away, or the project's head.
            let mut body: Value = serde_json::from_slice(&link.body).unwrap();
            body["object"] = "user:mallory".into();
            let body = serde_json::to_vec(&body).unwrap();
            let own = Sha256::new().chain_update(&link.prev_hash).chain_update(&body).finalize();
            let columns = format!("body = {}, hash = {}", bytes(&body), bytes(&own));
            let alter = || set(app, revision, &columns);
            altered(app, alter, async || {
                let wrong = match revision {
                    last if last == length => (last, ChainFault::Head, None),
                    before => (before + 1, ChainFault::PreviousHash, None),
                };
                is_broken(&verify(app, "").await, "with its own hash", wrong);
            })
            .await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_column_that_says_something_else_than_the_body_is_found() {
    on_both(async |app| {
        live(app).await;
        let (_, length) = whole(app).await;
        for (column, value) in [
            ("at", "at - 1"),
            ("actor_kind", "'user'"),
            ("actor", "'key:another'"),
            ("via_key", "'8fK2mQ0ZtYb1'"),
            ("via_key", "''"),
            ("request_id", "'another'"),
            ("kind", "'grant.delete'"),
        ] {
            let revision = length / 2;
            let kept = verify(app, &format!("page_size={revision}")).await.next;
            let alter = || set(app, revision, &format!("{column} = {value}"));
            altered(app, alter, async || {
                let wrong = (revision, ChainFault::Column, Some(column));
                let check = verify(app, "").await;
                is_broken(&check, column, wrong);
                assert_eq!(check.verified_revision, revision - 1);
                is_broken(&verify(app, &format!("after={kept}")).await, column, wrong);
            })
            .await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_that_was_taken_out_or_put_in_is_found() {
    on_both(async |app| {
        live(app).await;
        let (all, length) = whole(app).await;
        let middle = length / 2;
        let beyond = length + 1;
        let of = format!("FROM change WHERE {PROJECT} AND revision");
        let another = literal(app.database.kind(), &[7; 32]);
        let copied = format!(
            "INSERT INTO change SELECT project_id, {beyond}, at, actor_kind, actor, via_key, \
             request_id, kind, body, prev_hash, hash {of} = {length}"
        );
        let heads = format!("WHERE {PROJECT}");
        for (what, sql, wrong) in [
            ("the first", format!("DELETE {of} = 1"), (1, ChainFault::Missing, None)),
            ("one", format!("DELETE {of} = {middle}"), (middle, ChainFault::Missing, None)),
            (
                "the rest",
                format!("DELETE {of} > {middle}"),
                (middle + 1, ChainFault::Missing, None),
            ),
            ("all", format!("DELETE {of} > 0"), (1, ChainFault::Missing, None)),
            ("one more", copied, (beyond, ChainFault::Unexpected, None)),
            (
                "the head's hash",
                format!("UPDATE project_head SET chain_hash = {another} {heads}"),
                (length, ChainFault::Head, None),
            ),
            (
                "the head's revision",
                format!("UPDATE project_head SET revision = revision + 1 {heads}"),
                (beyond, ChainFault::Missing, None),
            ),
        ] {
            let alter = || app.database.execute(&sql);
            altered(app, alter, async || {
                is_broken(&verify(app, "").await, what, wrong);
            })
            .await;
        }

        // A log that was cut is whole for who kept nothing of it.
        let cut = || {
            app.database.execute(&format!("DELETE {of} > {middle}"));
            let hash = format!("(SELECT hash {of} = {middle})");
            set_head(app, &format!("revision = {middle}, chain_hash = {hash}"));
        };
        altered(app, cut, async || {
            let (short, _) = whole(app).await;
            assert_eq!(short.verified_revision, middle);
            for query in ["head", "after"] {
                let check = verify(app, &format!("{query}={}", all.next)).await;
                is_broken(&check, query, (length, ChainFault::KeptHead, None));
            }
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_was_written_anew_is_seen_by_who_kept_its_head() {
    on_both(async |app| {
        live(app).await;
        let (all, length) = whole(app).await;
        let middle = length / 2;
        let before = verify(app, &format!("page_size={}", middle - 1)).await.next;
        let at_middle = verify(app, &format!("page_size={middle}")).await.next;
        let anew = || rewrite(app, middle, |body| body["object"] = "user:mallory".into());
        altered(app, anew, async || {
            let (now, _) = whole(app).await;
            assert_ne!(now.next, all.next);
            for (head, revision) in [(&all.next, length), (&at_middle, middle)] {
                for query in [format!("head={head}"), format!("after={head}")] {
                    let check = verify(app, &query).await;
                    is_broken(&check, &query, (revision, ChainFault::KeptHead, None));
                }
                let check = verify(app, &format!("head={head}&after={}", now.next)).await;
                is_broken(&check, "passed", (revision, ChainFault::KeptHead, None));
            }
            // What was not rewritten is in it still, and the last page tells as well as the first.
            assert!(verify(app, &format!("head={before}")).await.holds);
            let page = verify(app, &format!("head={}&page_size={middle}", all.next)).await;
            assert!(page.holds && page.more, "{page:?}");
            let rest = verify(app, &format!("head={}&after={}", all.next, page.next)).await;
            is_broken(&rest, "the rest", (length, ChainFault::KeptHead, None));
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_chain_of_what_cargo_does_not_write_is_found_and_a_newer_version_is_named() {
    on_both(async |app| {
        live(app).await;
        let (_, length) = whole(app).await;
        let last = |edit: fn(&mut Value)| move || rewrite(app, length, edit);
        altered(app, last(|body| *body = json!({ "v": 7 })), async || {
            is_broken(&verify(app, "").await, "body", (length, ChainFault::Body, None));
        })
        .await;
        altered(app, last(|body| body["revision"] = 1.into()), async || {
            let wrong = (length, ChainFault::Column, Some("revision"));
            is_broken(&verify(app, "").await, "another revision", wrong);
        })
        .await;
        altered(app, last(|body| body["v"] = 8.into()), async || {
            let known = verify(app, "").await;
            assert!(known.holds && known.more && known.verified_revision == length - 1);
            let path = format!("{CHAIN}?after={}", known.next);
            app.root().get(&path).await.refused(503, "history_newer");
        })
        .await;
    })
    .await;
}
