//! G2: when a signature is taken.

use chrono::TimeDelta;

use crate::raw_client::{Wire, midnight};

#[test]
fn g2_a_header_is_taken_for_15_minutes_around_its_date() {
    let claim = Wire::get("/photos/a").signed().claim().unwrap();
    for seconds in [-900, -1, 0, 900] {
        assert!(claim.check_time(midnight() + TimeDelta::seconds(seconds)).is_ok(), "{seconds}");
    }
    for (seconds, server_time) in [(-901, "2013-05-23T23:44:59Z"), (901, "2013-05-24T00:15:01Z")] {
        let error = claim.check_time(midnight() + TimeDelta::seconds(seconds)).unwrap_err();
        assert_eq!((error.code(), error.status()), ("RequestTimeTooSkewed", 403));
        let expected = [
            ("RequestTime", "20130524T000000Z"),
            ("ServerTime", server_time),
            ("MaxAllowedSkewMilliseconds", "900000"),
        ];
        assert_eq!(error.elements(), expected.map(|(name, text)| (name, text.to_owned())));
    }
}

#[test]
fn g2_a_url_begins_and_ends() {
    let claim = Wire::new("GET", "/photos/a").presigned("3600", "host").claim().unwrap();
    for seconds in [-900, 0, 3600] {
        assert!(claim.check_time(midnight() + TimeDelta::seconds(seconds)).is_ok(), "{seconds}");
    }
    let early = claim.check_time(midnight() - TimeDelta::seconds(901)).unwrap_err();
    assert_eq!((early.code(), early.status()), ("AccessDenied", 403));
    assert_eq!(early.to_string(), "Request is not valid yet");
    let late = claim.check_time(midnight() + TimeDelta::seconds(3601)).unwrap_err();
    assert_eq!((late.code(), late.status()), ("AccessDenied", 403));
    assert_eq!(late.to_string(), "Request has expired");
    let expected = [
        ("X-Amz-Expires", "3600"),
        ("Expires", "2013-05-24T01:00:00Z"),
        ("ServerTime", "2013-05-24T01:00:01Z"),
    ];
    assert_eq!(late.elements(), expected.map(|(name, text)| (name, text.to_owned())));
}
