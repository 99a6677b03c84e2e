//! What layout 6 brought.

use super::*;
use crate::change_log::golden::LAYOUT_6;

#[test]
fn what_layout_6_brought_is_written_as_it_was_written_down_here() {
    for line in LAYOUT_6.lines() {
        let body: Body = serde_json::from_str(line).unwrap();
        assert_eq!(String::from_utf8(body.write().unwrap()).unwrap(), line);
        assert_eq!(rows(line.as_bytes()).unwrap().unwrap(), body.rows);
    }
}
