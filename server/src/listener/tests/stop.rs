//! The end of a server.

use super::*;

use tokio::net::TcpStream;
use tokio::time::Instant;

async fn connect(running: &Running, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(running.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

async fn rest(mut socket: TcpStream) -> String {
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn g27_a_stop_closes_what_is_idle_at_once_and_lets_requests_finish() {
    let service = Service::new();
    let running = listen(&service, Patience::default()).await;
    let address = running.address();
    let silent = connect(&running, "").await;
    let half = connect(&running, "GET /echo HTTP/1.1\r\nHo").await;
    let mut idle = connect(&running, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(idle.read_u8().await.unwrap());
    }
    let busy = connect(&running, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await;
    while service.calls() < 2 {
        tokio::task::yield_now().await;
    }
    let stopping = tokio::spawn(running.stop(Instant::now() + Duration::from_mins(1)));
    for socket in [silent, half, idle] {
        assert_eq!(rest(socket).await, "");
    }
    assert!(TcpStream::connect(address).await.is_err(), "nobody comes in any more");
    assert!(!stopping.is_finished(), "one is under way");
    service.may_answer.add_permits(1);
    let answer = rest(busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("waited"), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn g27_a_stop_lasts_no_longer_than_its_grace() {
    let service = Service::new();
    let running = listen(&service, Patience::default()).await;
    let busy = connect(&running, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await;
    while service.calls() == 0 {
        tokio::task::yield_now().await;
    }
    running.stop(Instant::now() + Duration::from_millis(50)).await;
    assert_eq!(rest(busy).await, "", "it was cut");
}
