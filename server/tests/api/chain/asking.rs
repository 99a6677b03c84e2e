//! Who may ask, for what, and in which pieces.

use super::*;

#[tokio::test]
async fn only_who_may_read_the_log_may_have_it_verified_and_each_project_has_its_own() {
    on_both(async |app| {
        live(app).await;
        app.ada().get(CHAIN).await.refused(403, "root_only");
        let others = Scope::ALL.into_iter().filter(|scope| *scope != Scope::AuditRead);
        let key = app.key(others).await.key;
        app.with_key(&key).get(CHAIN).await.refused(403, "scope_missing");
        let key = app.key([Scope::AuditRead]).await.key;
        app.with_key(&key).get(CHAIN).await.ok::<ChainCheck>();
        app.operator().get(CHAIN).await.refused(400, "invalid_request");

        let (_, length) = whole(app).await;
        let neighbour = app.with_key(&app.make_neighbour("reef").await);
        set(app, length, "actor = 'user:eve'");
        let own: ChainCheck = neighbour.get(CHAIN).await.ok();
        assert!(own.holds && own.changes < length, "{own:?}");
        let (here, there) = (app.operator_in("sail"), app.operator_in("reef"));
        let verdict = async |actor: &Actor| actor.get(CHAIN).await.ok::<ChainCheck>().holds;
        assert_eq!((verdict(&here).await, verdict(&there).await), (false, true));
    })
    .await;
}

#[tokio::test]
async fn a_chain_is_verified_in_pieces_that_fit_together() {
    on_both(async |app| {
        live(app).await;
        let (all, length) = whole(app).await;
        let (mut after, mut verified) = (String::new(), 0);
        loop {
            let piece = verify(app, &format!("page_size=5&head={}{after}", all.next)).await;
            verified += piece.changes;
            assert!(piece.holds && piece.changes <= 5, "{piece:?}");
            assert_eq!((piece.verified_revision, piece.more), (verified, verified < length));
            if !piece.more {
                assert_eq!((piece.next, piece.verified_at), (all.next.clone(), all.verified_at));
                break;
            }
            after = format!("&after={}", piece.next);
        }
        // The feed tells the same hash.
        let path = format!("/v1/changes?after={}", length - 1);
        let last = app.root().get(&path).await.json()["items"][0].clone();
        assert_eq!(all.next, format!("{length}:{}", last["hash"].as_str().unwrap()));
        assert_eq!(json!(all.verified_at), last["at"]);

        app.grant("photos", "zoe", &[Permission::Read]).await;
        let new = verify(app, &format!("after={}", all.next)).await;
        assert_eq!((new.holds, new.changes, new.verified_revision), (true, 1, length + 1));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_place_in_a_chain_is_refused() {
    on_both(async |app| {
        let hash = "ab".repeat(32);
        for (query, field) in [
            ("after=3".to_owned(), "after"),
            (format!("after=-1:{hash}"), "after"),
            (format!("after=0:{hash}"), "after"),
            (format!("head=3:{}", hash.to_uppercase()), "head"),
            (format!("head=3:{hash}00"), "head"),
            ("head=".to_owned(), "head"),
            ("page_size=0".to_owned(), "page_size"),
            ("page_size=10001".to_owned(), "page_size"),
        ] {
            let answer = app.root().get(&format!("{CHAIN}?{query}")).await;
            let problem = answer.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, field, "{query}");
        }
        app.root().get(&format!("{CHAIN}?wait=1")).await.refused(400, "invalid_request");
    })
    .await;
}
