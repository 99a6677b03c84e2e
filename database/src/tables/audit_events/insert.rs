//! The statements that write audit events. Each has one text, so a connection prepares it once:
//! diesel's own would be written anew for each event, and for each number of rows.

use diesel::backend::Backend;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{Column as _, QueryResult, RunQueryDsl};

use super::NewEventRow;
use crate::schema::audit_event as dsl;

/// How the value of a column is read.
enum Read {
    Text(fn(&NewEventRow) -> &str),
    MaybeText(fn(&NewEventRow) -> Option<&str>),
    Number(fn(&NewEventRow) -> i64),
    MaybeNumber(fn(&NewEventRow) -> Option<i64>),
    Flag(fn(&NewEventRow) -> bool),
}

const COLUMNS: [(&str, Read); 22] = [
    (dsl::id::NAME, Read::Text(|event| &event.id)),
    (dsl::project_id::NAME, Read::MaybeText(|event| event.project_id.as_deref())),
    (dsl::at::NAME, Read::Number(|event| event.at)),
    (dsl::request_id::NAME, Read::Text(|event| &event.request_id)),
    (dsl::actor::NAME, Read::Text(|event| &event.actor)),
    (dsl::via_key::NAME, Read::MaybeText(|event| event.via_key.as_deref())),
    (dsl::action::NAME, Read::Text(|event| &event.action)),
    (dsl::bucket::NAME, Read::MaybeText(|event| event.bucket.as_deref())),
    (dsl::object_key::NAME, Read::MaybeText(|event| event.object_key.as_deref())),
    (dsl::outcome::NAME, Read::Text(|event| &event.outcome)),
    (dsl::reason::NAME, Read::Text(|event| &event.reason)),
    (dsl::detail::NAME, Read::Text(|event| &event.detail)),
    (dsl::revision::NAME, Read::MaybeNumber(|event| event.revision)),
    (dsl::method::NAME, Read::MaybeText(|event| event.method.as_deref())),
    (dsl::payload::NAME, Read::MaybeText(|event| event.payload.as_deref())),
    (dsl::access_key_id::NAME, Read::MaybeText(|event| event.access_key_id.as_deref())),
    (dsl::for_operators::NAME, Read::Flag(|event| event.for_operators)),
    (dsl::address::NAME, Read::MaybeText(|event| event.address.as_deref())),
    (dsl::agent::NAME, Read::MaybeText(|event| event.agent.as_ref().map(|text| &*text.0))),
    (
        dsl::caller_request_id::NAME,
        Read::MaybeText(|event| event.caller_request_id.as_ref().map(|text| &*text.0)),
    ),
    (dsl::count::NAME, Read::MaybeNumber(|event| event.count)),
    (dsl::first_at::NAME, Read::MaybeNumber(|event| event.first_at)),
];

/// Inserts one event into SQLite, unless it is there.
pub(super) struct InsertOne<'a>([Value<'a>; COLUMNS.len()]);

/// The value of one column.
enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Flag(bool),
}

/// Inserts events into PostgreSQL, however many, except those that are there: each column is one
/// array.
pub(super) struct InsertAll<'a>([Values<'a>; COLUMNS.len()]);

/// The values of one column.
enum Values<'a> {
    Texts(Vec<&'a str>),
    MaybeTexts(Vec<Option<&'a str>>),
    Numbers(Vec<i64>),
    MaybeNumbers(Vec<Option<i64>>),
    Flags(Vec<bool>),
}

impl<'a> InsertOne<'a> {
    pub(super) fn of(event: &'a NewEventRow) -> Self {
        Self(COLUMNS.map(|(_, read)| match read {
            Read::Text(read) => Value::Text(read(event)),
            Read::MaybeText(read) => Value::MaybeText(read(event)),
            Read::Number(read) => Value::Number(read(event)),
            Read::MaybeNumber(read) => Value::MaybeNumber(read(event)),
            Read::Flag(read) => Value::Flag(read(event)),
        }))
    }
}

impl<'a> InsertAll<'a> {
    pub(super) fn of(events: &[&'a NewEventRow]) -> Self {
        let events = || events.iter().copied();
        Self(COLUMNS.map(|(_, read)| match read {
            Read::Text(read) => Values::Texts(events().map(read).collect()),
            Read::MaybeText(read) => Values::MaybeTexts(events().map(read).collect()),
            Read::Number(read) => Values::Numbers(events().map(read).collect()),
            Read::MaybeNumber(read) => Values::MaybeNumbers(events().map(read).collect()),
            Read::Flag(read) => Values::Flags(events().map(read).collect()),
        }))
    }
}

impl QueryId for InsertOne<'_> {
    type QueryId = InsertOne<'static>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for InsertAll<'_> {
    type QueryId = InsertAll<'static>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Sqlite> for InsertOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        begin(&mut out)?;
        out.push_sql(") VALUES (");
        for (number, value) in self.0.iter().enumerate() {
            separate(&mut out, number);
            value.bind(&mut out)?;
        }
        out.push_sql(") ON CONFLICT (id) DO NOTHING");
        Ok(())
    }
}

impl QueryFragment<Pg> for InsertAll<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        begin(&mut out)?;
        out.push_sql(") SELECT * FROM unnest(");
        for (number, values) in self.0.iter().enumerate() {
            separate(&mut out, number);
            values.bind(&mut out)?;
        }
        out.push_sql(") ON CONFLICT (id) DO NOTHING");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for InsertOne<'_> {}

impl RunQueryDsl<PgConnection> for InsertAll<'_> {}

impl Value<'_> {
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        match self {
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::MaybeText(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Self::Number(value) => out.push_bind_param::<BigInt, _>(value),
            Self::MaybeNumber(value) => out.push_bind_param::<Nullable<BigInt>, _>(value),
            Self::Flag(value) => out.push_bind_param::<Bool, _>(value),
        }
    }
}

impl Values<'_> {
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Texts(values) => out.push_bind_param::<Array<Text>, _>(values),
            Self::MaybeTexts(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values),
            Self::Numbers(values) => out.push_bind_param::<Array<BigInt>, _>(values),
            Self::MaybeNumbers(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values),
            Self::Flags(values) => out.push_bind_param::<Array<Bool>, _>(values),
        }
    }
}

fn begin<DB: Backend>(out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
    out.push_sql("INSERT INTO audit_event (");
    for (number, (name, _)) in COLUMNS.iter().enumerate() {
        separate(out, number);
        out.push_identifier(name)?;
    }
    Ok(())
}

fn separate<DB: Backend>(out: &mut AstPass<'_, '_, DB>, number: usize) {
    if number > 0 {
        out.push_sql(", ");
    }
}

#[cfg(test)]
mod tests {
    use diesel::QueryDsl as _;

    use super::*;

    #[test]
    fn every_column_is_written() {
        let written = COLUMNS.map(|(name, _)| format!("\"audit_event\".\"{name}\"")).join(", ");
        let all = diesel::debug_query::<Pg, _>(&dsl::table.select(dsl::all_columns)).to_string();
        assert!(all.starts_with(&format!("SELECT {written} FROM")), "{all}");
    }
}
