//! How long a client may take.

use super::*;

use tokio::time::{Instant, sleep};

const GET: &str = "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn g27_a_head_has_ten_seconds_from_its_first_byte_however_it_trickles() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    sleep(Duration::from_secs(9)).await;
    let begun = Instant::now();
    for byte in GET[..20].chars() {
        talk.say(&byte.to_string()).await;
        sleep(Duration::from_millis(400)).await;
    }
    let answer = talk.rest().await;
    let took = begun.elapsed();
    assert_eq!(statuses(&answer), [408], "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!((1000..1100).contains(&(took.as_millis() / 10)), "{took:?}");
    assert_eq!(service.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn g27_a_client_that_says_nothing_is_let_go_without_a_word() {
    let mut talk = Talk::with(&Service::new(), Patience::default());
    let begun = Instant::now();
    assert_eq!(talk.rest().await, "");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn g27_a_connection_is_kept_for_75_idle_seconds() {
    let mut talk = Talk::with(&Service::new(), Patience::default());
    for _ in 0..3 {
        talk.say(GET).await;
        assert!(talk.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
        sleep(Duration::from_secs(74)).await;
    }
    talk.say(GET).await;
    talk.until("\r\n\r\n").await;
    let begun = Instant::now();
    assert_eq!(talk.rest().await, "");
    assert_eq!(begun.elapsed().as_secs(), 75);
    // The time for a head begins with its first byte there, too.
    let mut talk = Talk::with(&Service::new(), Patience::default());
    talk.say(GET).await;
    talk.until("\r\n\r\n").await;
    sleep(Duration::from_secs(70)).await;
    talk.say("GET").await;
    let begun = Instant::now();
    assert_eq!(statuses(&talk.rest().await), [408]);
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn g27_no_time_runs_while_a_request_is_answered() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    // Half of the next head comes along: its time begins when its turn does.
    talk.say(&format!("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n{}", &GET[..20])).await;
    sleep(Duration::from_hours(1)).await;
    service.may_answer.add_permits(1);
    assert!(talk.until("waited").await.starts_with("HTTP/1.1 200"));
    sleep(Duration::from_secs(9)).await;
    talk.say(&GET[20..]).await;
    assert!(talk.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    // Nor while a client takes its answer slowly.
    talk.say("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n").await;
    talk.until("\r\n\r\n").await;
    for _ in 0..16 {
        sleep(Duration::from_mins(1)).await;
        talk.client.read_exact(&mut vec![0; 1 << 16]).await.unwrap();
    }
    talk.say(GET).await;
    assert!(talk.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn every_patience_can_be_set() {
    let short = Patience {
        head: Duration::from_secs(1),
        idle: Duration::from_secs(3),
        rest: Duration::from_secs(5),
    };
    let service = Service::new();
    let mut talk = Talk::with(&service, short);
    talk.say(GET).await;
    talk.until("\r\n\r\n").await;
    let begun = Instant::now();
    assert_eq!(talk.rest().await, "");
    assert_eq!(begun.elapsed().as_secs(), 3);
    let mut talk = Talk::with(&service, short);
    talk.say("G").await;
    let begun = Instant::now();
    assert_eq!(statuses(&talk.rest().await), [408]);
    assert_eq!(begun.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_client_went_away_is_not_answered_to_its_end() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    talk.say("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(service.calls(), 1);
    drop(talk);
    sleep(Duration::from_secs(1)).await;
    service.may_answer.add_permits(1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(service.may_answer.available_permits(), 1, "nobody took it");
}
