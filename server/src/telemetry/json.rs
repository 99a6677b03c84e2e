//! Log lines for machines: one JSON object per line.

use chrono::{DateTime, SecondsFormat, Utc};
use log::{Record, kv};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// One log line, with its line break.
pub(super) fn line(record: &Record<'_>, now: DateTime<Utc>) -> String {
    // This cannot fail: all values are text, numbers or booleans.
    let mut line = serde_json::to_string(&LogLine { record, now }).unwrap_or_default();
    line.push('\n');
    line
}

struct LogLine<'a> {
    record: &'a Record<'a>,
    now: DateTime<Utc>,
}

impl Serialize for LogLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &self.now.to_rfc3339_opts(SecondsFormat::Millis, true))?;
        map.serialize_entry("level", self.record.level().as_str())?;
        map.serialize_entry("target", self.record.target())?;
        map.serialize_entry("message", self.record.args())?;
        let mut fields = Fields { map: &mut map, failed: None };
        self.record.key_values().visit(&mut fields).ok();
        match fields.failed {
            Some(error) => Err(error),
            None => map.end(),
        }
    }
}

/// Adds a record's key-value pairs.
struct Fields<'a, M: SerializeMap> {
    map: &'a mut M,
    failed: Option<M::Error>,
}

impl<'kvs, M: SerializeMap> kv::VisitSource<'kvs> for Fields<'_, M> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let key = key.as_str();
        let added = match (value.to_u64(), value.to_bool(), value.to_borrowed_str()) {
            (Some(number), ..) => self.map.serialize_entry(key, &number),
            (None, Some(flag), _) => self.map.serialize_entry(key, &flag),
            (None, None, Some(text)) => self.map.serialize_entry(key, text),
            (None, None, None) => self.map.serialize_entry(key, &format_args!("{value}")),
        };
        added.map_err(|error| {
            self.failed = Some(error);
            kv::Error::msg("the line cannot be written")
        })
    }
}

#[cfg(test)]
mod tests {
    use log::Level;

    use super::*;

    #[test]
    fn a_line_holds_the_fields() {
        let fields = [
            ("status", kv::Value::from(200_u64)),
            ("path", kv::Value::from("/v1\n\"")),
            ("took", kv::Value::from_display(&1.5)),
        ];
        let record = Record::builder()
            .level(Level::Info)
            .target("access")
            .args(format_args!("done\n"))
            .key_values(&fields)
            .build();
        let line = line(&record, DateTime::UNIX_EPOCH);
        assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        let expected = serde_json::json!({
            "time": "1970-01-01T00:00:00.000Z",
            "level": "INFO",
            "target": "access",
            "message": "done\n",
            "status": 200,
            "path": "/v1\n\"",
            "took": "1.5",
        });
        assert_eq!(read, expected);
    }
}
