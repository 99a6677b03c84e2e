//! Whoever guesses learns nothing, is delayed, and keeps nobody out.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn unknown_disabled_invited_and_wrong_read_and_last_alike() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        make(app, "gone").await;
        patch(&app.root(), "gone", json!({ "status": "disabled" })).await.ok::<Account>();
        let invited = json!({ "username": "guest" });
        app.root().post("/v1/accounts", &invited).await.ok::<CreatedAccount>();
        let mut seen = Vec::new();
        for (number, (name, password)) in [
            ("ada", "wrong, and long enough"),
            ("gone", PASSWORD),
            ("guest", PASSWORD),
            ("nobody", PASSWORD),
        ]
        .into_iter()
        .enumerate()
        {
            let mut fastest = Duration::MAX;
            for attempt in 0..3 {
                let begun = Instant::now();
                let address = format!("198.51.100.{}", number * 10 + attempt);
                let refused = login_from(app, &address, name, password).await;
                fastest = fastest.min(begun.elapsed());
                let mut problem = refused.json();
                problem["request_id"] = Value::Null;
                seen.push((refused.status, problem));
            }
            // Without a hash it would take a millisecond or two.
            assert!(fastest > Duration::from_millis(8), "{name}: {fastest:?}");
        }
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:?}");
        assert_eq!((seen[0].0, &seen[0].1["code"]), (401, &json!("invalid_login")));
        login(app, "ada", PASSWORD).await.ok::<SignedIn>();
    })
    .await;
}

#[tokio::test]
async fn strangers_delay_themselves_and_lock_no_owner_out() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        for stranger in 1..9 {
            for _ in 0..3 {
                let address = format!("198.51.100.{stranger}");
                let guess = login_from(app, &address, "ada", "a guess that is long").await;
                guess.refused(401, "invalid_login");
            }
        }
        for _ in 0..6 {
            app.clock.suspend(30);
            let guess = login_from(app, "198.51.100.1", "ada", "a guess that is long").await;
            guess.refused(401, "invalid_login");
        }
        let delayed = login_from(app, "198.51.100.1", "ada", PASSWORD).await;
        delayed.refused(429, "login_delayed");
        let seconds: u64 = delayed.header("retry-after").parse().unwrap();
        assert!((10..=30).contains(&seconds), "{seconds}");
        sign_in(app, "ada").await;
        app.clock.suspend(30);
        login_from(app, "198.51.100.1", "ada", PASSWORD).await.ok::<SignedIn>();
    })
    .await;
}

#[tokio::test]
async fn what_is_no_login_is_refused_before_anything_is_looked_up() {
    on_both_with(Setup::Accounts, async |app| {
        for (body, pointer) in [
            (json!({ "password": PASSWORD }), "/username"),
            (json!({ "username": "a", "email": "a@b.c", "password": "x" }), "/username"),
            (json!({ "username": "ada" }), ""),
            (json!({ "username": "ada", "password": PASSWORD, "more": 1 }), ""),
        ] {
            let refused = post_from(app, HOME, "/auth/login", &body).await;
            let problem = refused.refused(400, "invalid_request");
            if !pointer.is_empty() {
                assert_eq!(problem.errors[0].pointer, pointer);
            }
        }
        let long = "x".repeat(20_000);
        let large = json!({ "username": "ada", "password": long });
        post_from(app, HOME, "/auth/login", &large).await.refused(413, "body_too_large");
        let plain = app.anon();
        let request = plain.request(Method::POST, "/auth/login").body("{}");
        plain.send(request).await.refused(415, "unsupported_media_type");
    })
    .await;
}

#[tokio::test]
async fn logins_beyond_the_queue_are_refused_at_once_and_starve_no_signature() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        app.register("photos").await;
        app.grant("photos", &ada.id, &[Permission::Read]).await;
        let (signer, get) = (user(app, &sign_in(app, "ada").await), S3::new("GET", "/photos/x"));
        let flood = futures_util::future::join_all((0..200).map(|number| async move {
            let (name, address) = (format!("user{number}"), format!("198.51.100.{number}"));
            login_from(app, &address, &name, PASSWORD).await
        }));
        let signing = async {
            let mut slowest = Duration::ZERO;
            for _ in 0..20 {
                let begun = Instant::now();
                signer.signed(&get).await;
                slowest = slowest.max(begun.elapsed());
            }
            slowest
        };
        // What is no password of anybody needs no place.
        let long = "a long word ".repeat(100);
        let overlong = async {
            for _ in 0..20 {
                let answer = login_from(app, "192.0.2.1", "ada", &long).await;
                answer.refused(401, "invalid_login");
            }
        };
        let (answers, slowest, ()) = tokio::join!(flood, signing, overlong);
        let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
        // Four at once and 64 that wait are all that ever get in.
        assert!(busy.len() >= 200 - 2 * (4 + 64), "{} were refused", busy.len());
        for answer in &answers {
            match answer.status {
                503 => {
                    answer.refused(503, "auth_busy");
                    assert_eq!(answer.header("retry-after"), "1");
                }
                _ => drop(answer.refused(401, "invalid_login")),
            }
        }
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    })
    .await;
}

/// What is no password of anybody is no guess: the owner is not kept waiting.
#[tokio::test]
async fn passwords_that_are_too_long_delay_nobody() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let long = "a long word ".repeat(100);
        for name in ["ada", "nobody", "ada", "nobody", "ada", "nobody", "ada", "ada"] {
            login(app, name, &long).await.refused(401, "invalid_login");
            let elsewhere = json!({ "username": name, "password": long, "project": "nowhere" });
            let answer = post_from(app, HOME, "/auth/login", &elsewhere).await;
            answer.refused(401, "invalid_login");
        }
        login(app, "ada", PASSWORD).await.ok::<SignedIn>();
    })
    .await;
}

/// A project that is none is guessed at no faster than one that is.
#[tokio::test]
async fn sign_ins_to_no_project_are_delayed_like_all_others() {
    on_both_with(Setup::Accounts, async |app| {
        let wrong = json!({ "username": "ada", "password": OTHER, "project": "nowhere" });
        for _ in 0..9 {
            // The next delay is as long as any, so that no slow machine outlasts it.
            app.clock.suspend(30);
            post_from(app, HOME, "/auth/login", &wrong).await.refused(401, "invalid_login");
        }
        post_from(app, HOME, "/auth/login", &wrong).await.refused(429, "login_delayed");
    })
    .await;
}
