//! Refresh tokens: one is good once, and what came of a sign-in ends as one.

use super::*;

#[tokio::test]
async fn two_tabs_get_the_same_next_token_and_an_older_one_ends_the_sign_in_on_record() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let first = sign_in(app, "ada").await;
        app.clock.advance(TimeDelta::minutes(10));
        let second: SignedIn = refresh(app, first.refresh_token.expose()).await.ok();
        assert_ne!(second.refresh_token.expose(), first.refresh_token.expose());
        app.clock.advance(TimeDelta::seconds(29));
        let other_tab: SignedIn = refresh(app, first.refresh_token.expose()).await.ok();
        assert_eq!(other_tab.refresh_token, second.refresh_token);
        let (_, claims) = parts(other_tab.access_token.expose());
        let signed_in_at = app.clock.now().timestamp() - 629;
        assert_eq!(claims["auth_time"], signed_in_at, "a refresh is no sign-in");

        let third: SignedIn = refresh(app, second.refresh_token.expose()).await.ok();
        assert!(events(app, "account.refresh").await.is_empty());
        let older = refresh(app, first.refresh_token.expose()).await;
        older.refused(401, "invalid_refresh_token");
        let last = refresh(app, third.refresh_token.expose()).await;
        last.refused(401, "invalid_refresh_token");
        let noted = events(app, "account.refresh").await;
        assert_eq!((noted.len(), noted[0].reason.as_str()), (1, "refresh_token_reused"));
    })
    .await;
}

#[tokio::test]
async fn the_token_before_is_reuse_after_half_a_minute_and_two_at_once_are_none() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let first = sign_in(app, "ada").await;
        let token = first.refresh_token.expose();
        let (one, other) = tokio::join!(refresh(app, token), refresh(app, token));
        let (one, other): (SignedIn, SignedIn) = (one.ok(), other.ok());
        assert_eq!(one.refresh_token, other.refresh_token);
        app.clock.advance(TimeDelta::seconds(30));
        refresh(app, token).await.refused(401, "invalid_refresh_token");
        refresh(app, one.refresh_token.expose()).await.refused(401, "invalid_refresh_token");
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_ends_after_two_weeks_unused_ninety_days_in_all_or_by_a_logout() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let mut token = sign_in(app, "ada").await.refresh_token;
        for _ in 0..6 {
            app.clock.advance(TimeDelta::days(14) - TimeDelta::seconds(1));
            let next: SignedIn = refresh(app, token.expose()).await.ok();
            token = next.refresh_token;
        }
        app.clock.advance(TimeDelta::days(6) + TimeDelta::seconds(6));
        refresh(app, token.expose()).await.refused(401, "invalid_refresh_token");

        let idle = sign_in(app, "ada").await.refresh_token;
        app.clock.advance(TimeDelta::days(14));
        refresh(app, idle.expose()).await.refused(401, "invalid_refresh_token");

        let (here, there) = (sign_in(app, "ada").await, sign_in(app, "ada").await);
        let logout = json!({ "refresh_token": here.refresh_token.expose() });
        for _ in 0..2 {
            post_from(app, HOME, "/auth/logout", &logout).await.done();
        }
        refresh(app, here.refresh_token.expose()).await.refused(401, "invalid_refresh_token");
        refresh(app, there.refresh_token.expose()).await.ok::<SignedIn>();
        for made_up in ["", "cgrt_", "cgrt_AAAA", &format!("{}x", here.refresh_token.expose())] {
            refresh(app, made_up).await.refused(401, "invalid_refresh_token");
            let logout = json!({ "refresh_token": made_up });
            post_from(app, HOME, "/auth/logout", &logout).await.done();
        }
    })
    .await;
}
