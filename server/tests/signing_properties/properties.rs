//! Properties of every request, in cases that proptest can shrink.

use proptest::collection::vec;
use proptest::prelude::*;
use sail_cargo_server::domain::s3::Operation;

use crate::byte_source::ByteSource;
use crate::caller_request::CallerRequest;
use crate::generate;
use crate::invariants::{Verdict, check};
use crate::mutate;
use crate::policy_fixture::PolicyFixture;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,40}", "[/%.?&=a0-9]{0,40}"]
}

/// Any request, valid or not.
fn anything() -> impl Strategy<Value = CallerRequest> {
    let url = prop_oneof![
        text(),
        text().prop_map(|rest| format!("http://s3.local:9000/{rest}")),
        text().prop_map(|rest| format!("http://s3.local:9000/desk/{rest}")),
        text().prop_map(|rest| format!("https://desk.s3.example.com/{rest}")),
        text().prop_map(|rest| format!("https://s3.example.com/desk?{rest}")),
    ];
    let method = prop_oneof![4 => "GET|PUT|POST|DELETE|HEAD", 1 => text()];
    let payload = prop_oneof![4 => Just("UNSIGNED-PAYLOAD".to_owned()), 1 => text()];
    let body = proptest::option::weighted(0.1, vec(any::<u8>(), 0..64));
    (method, url, vec((text(), text()), 0..3), proptest::option::weighted(0.9, payload), body)
        .prop_map(|(method, url, headers, payload, body)| CallerRequest {
            method,
            url,
            headers,
            payload,
            body,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_is_sent_is_refused_or_understood(sent in anything()) {
        check(&PolicyFixture::new(), &sent);
    }

    #[test]
    fn what_is_signed_parses_back_to_what_was_judged(bytes in vec(any::<u8>(), 0..256)) {
        check(&PolicyFixture::new(), &generate::odd(&mut ByteSource::new(&bytes)));
    }

    #[test]
    fn a_changed_byte_is_refused_or_judged_for_what_it_says(
        bytes in vec(any::<u8>(), 0..64),
        change in vec(any::<u8>(), 8),
    ) {
        let fixture = PolicyFixture::new();
        let sent = generate::plain(&mut ByteSource::new(&bytes));
        check(&fixture, &sent);
        check(&fixture, &mutate::one_byte(&sent, &mut ByteSource::new(&change)));
    }
}

/// The simplest requests, and every request that differs from them in one byte.
#[test]
fn every_byte_of_a_download_and_of_a_copy_may_be_changed() {
    let fixture = PolicyFixture::new();
    let download = generate::plain(&mut ByteSource::new(&[]));
    let copy = CallerRequest {
        method: "PUT".to_owned(),
        url: "https://desk.s3.example.com/clean/r.csv?x-id=CopyObject".to_owned(),
        headers: vec![("x-amz-copy-source".to_owned(), "photos/a%2Fr.csv?versionId=1".to_owned())],
        ..download.clone()
    };
    for (sent, operation) in [(download, Operation::GetObject), (copy, Operation::CopyObject)] {
        let Verdict::Approved(request) = check(&fixture, &sent) else { panic!("{sent:?}") };
        assert_eq!(request.operation(), operation);
        for url in mutate::every_byte(&sent.url) {
            check(&fixture, &CallerRequest { url, ..sent.clone() });
        }
        for (name, value) in &sent.headers {
            for value in mutate::every_byte(value) {
                let headers = vec![(name.clone(), value)];
                check(&fixture, &CallerRequest { headers, ..sent.clone() });
            }
            for name in mutate::every_byte(name) {
                let headers = vec![(name, value.clone())];
                check(&fixture, &CallerRequest { headers, ..sent.clone() });
            }
        }
    }
}
