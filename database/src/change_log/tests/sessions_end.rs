//! What layout 5 brought.

use super::*;
use crate::change_log::golden::LAYOUT_5;
use crate::domain::session::SessionsEnd;

#[test]
fn g28_what_layout_5_brought_is_written_as_it_was_written_down_here() {
    for line in LAYOUT_5.lines() {
        let body: Body = serde_json::from_str(line).unwrap();
        assert_eq!(String::from_utf8(body.write().unwrap()).unwrap(), line);
        assert_eq!(rows(line.as_bytes()).unwrap().unwrap(), body.rows);
        let [LoggedRow::SessionsEnd(sides)] = &*body.rows else { panic!() };
        for record in [sides.before.clone(), sides.after.clone()].map(Option::unwrap) {
            let end = SessionsEnd::try_from(record.clone()).unwrap();
            assert_eq!(SessionsEndRecord::from(&end), record);
        }
    }
}

proptest! {
    #[test]
    fn an_end_of_sessions_is_read_as_it_was(
        before in option::of((subject_id(), instant())),
        after in (subject_id(), instant()),
    ) {
        let end = |(user, ended_at)| SessionsEnd { user, ended_at };
        let (before, after) = (before.map(end), end(after));
        survives!(SessionsEnd(SessionsEnd), before, after);
    }
}
