//! Tests of the proxy itself: each fault does what it claims, and no more.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::faults::{Fault, Proxy};

/// A server that sends everything back in capitals.
fn echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(move || answer(connection.unwrap()));
        }
    });
    proxy
}

fn answer(mut connection: TcpStream) {
    let mut text = [0; 64];
    while let Ok(length @ 1..) = connection.read(&mut text) {
        connection.write_all(&text[..length].to_ascii_uppercase()).ok();
    }
}

/// A client's connection.
struct Talk(TcpStream);

impl Talk {
    fn begin(proxy: &Proxy) -> Self {
        Self(TcpStream::connect(proxy.address()).unwrap())
    }

    fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    /// The next bytes; empty if the other side has closed.
    fn hear(&mut self, patience: Duration) -> Result<String, ErrorKind> {
        self.0.set_read_timeout(Some(patience)).unwrap();
        let mut text = [0; 64];
        let length = self.0.read(&mut text).map_err(|error| error.kind())?;
        Ok(String::from_utf8(text[..length].to_vec()).unwrap())
    }

    fn is_answered(&mut self, text: &str) {
        self.say(text);
        assert_eq!(self.hear(Duration::from_secs(5)), Ok(text.to_uppercase()));
    }

    fn hears_nothing(&mut self) {
        assert_eq!(self.hear(Duration::from_millis(100)), Err(ErrorKind::WouldBlock));
    }
}

#[test]
fn what_passes_is_passed_to_its_end() {
    let proxy = echo();
    let mut talk = Talk::begin(&proxy);
    talk.is_answered("one");
    talk.is_answered("two");
    talk.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(talk.hear(Duration::from_secs(5)), Ok(String::new()));
}

#[test]
fn a_delay_counts_each_way() {
    let proxy = echo();
    let mut talk = Talk::begin(&proxy);
    talk.is_answered("one");
    proxy.set(Fault::Delay(Duration::from_millis(60)));
    let begin = Instant::now();
    talk.is_answered("two");
    assert!(begin.elapsed() >= Duration::from_millis(120));
}

#[test]
fn what_is_held_arrives_when_it_heals() {
    let proxy = echo();
    let mut talk = Talk::begin(&proxy);
    talk.is_answered("one");
    proxy.set(Fault::Hold);
    talk.say("two");
    talk.hears_nothing();
    proxy.heal();
    assert_eq!(talk.hear(Duration::from_secs(5)), Ok("TWO".to_owned()));
}

#[test]
fn whoever_lost_bytes_stays_silent_and_others_go_on() {
    for fault in [Fault::Swallow, Fault::SwallowAnswers] {
        let proxy = echo();
        let (mut busy, mut idle) = (Talk::begin(&proxy), Talk::begin(&proxy));
        busy.is_answered("one");
        idle.is_answered("one");
        proxy.set(fault);
        busy.say("two");
        busy.hears_nothing();
        proxy.heal();
        idle.is_answered("three");
        Talk::begin(&proxy).is_answered("four");
        busy.say("five");
        // Nor does it learn that the other side has closed.
        busy.0.shutdown(std::net::Shutdown::Write).unwrap();
        busy.hears_nothing();
    }
}

#[test]
fn what_is_swallowed_is_not_heard_and_a_swallowed_answer_was_asked_for() {
    for (fault, heard) in [(Fault::Swallow, false), (Fault::SwallowAnswers, true)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::start(listener.local_addr().unwrap());
        proxy.set(fault);
        let mut talk = Talk::begin(&proxy);
        talk.say("one");
        let mut upstream = Talk(listener.accept().unwrap().0);
        if heard {
            assert_eq!(upstream.hear(Duration::from_secs(5)), Ok("one".to_owned()));
        } else {
            upstream.hears_nothing();
        }
    }
}

#[test]
fn half_open_connections_are_silent_and_new_ones_work() {
    let proxy = echo();
    let mut old = Talk::begin(&proxy);
    old.is_answered("one");
    proxy.half_open();
    old.say("two");
    old.hears_nothing();
    Talk::begin(&proxy).is_answered("three");
}

#[test]
fn whoever_is_refused_hears_at_once_and_who_was_there_goes_on() {
    let proxy = echo();
    let mut old = Talk::begin(&proxy);
    old.is_answered("one");
    proxy.set(Fault::Refuse);
    let refused = Talk::begin(&proxy).hear(Duration::from_secs(5));
    assert_eq!(refused, Err(ErrorKind::ConnectionReset));
    old.is_answered("two");
    proxy.heal();
    Talk::begin(&proxy).is_answered("three");
}

#[test]
fn a_reset_is_heard_by_all_there_are() {
    let proxy = echo();
    let mut old = Talk::begin(&proxy);
    old.is_answered("one");
    proxy.reset();
    assert_eq!(old.hear(Duration::from_secs(5)), Err(ErrorKind::ConnectionReset));
    Talk::begin(&proxy).is_answered("two");
}
