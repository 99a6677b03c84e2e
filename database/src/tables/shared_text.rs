//! Text that the audit events of one request share.

use std::sync::Arc;

use diesel::backend::Backend;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

/// The text of a column, shared instead of copied.
#[derive(Debug, Clone, PartialEq, Eq, diesel::expression::AsExpression)]
#[diesel(sql_type = Text)]
pub struct SharedText(pub Arc<str>);

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl<DB: Backend> ToSql<Text, DB> for SharedText
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        (*self.0).to_sql(out)
    }
}
