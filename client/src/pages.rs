//! Listings as streams that request page after page while they are read.

use futures_util::stream::try_unfold;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sail_cargo_protocol::{
    AccessKeysQuery, AccessQuery, AccountsQuery, AuditQuery, GrantsQuery, Page, PageQuery,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Client, Error};

/// A query that names the start of a page.
pub(crate) trait Paged: Serialize + Clone {
    /// This query, for the page at `token`.
    fn at(&self, token: String) -> Self;
}

macro_rules! paged {
    ($($query:ident),*) => {
        $(impl Paged for $query {
            fn at(&self, token: String) -> Self {
                Self { page_token: Some(token), ..self.clone() }
            }
        })*
    };
}
paged!(AccessKeysQuery, AccessQuery, AccountsQuery, AuditQuery, GrantsQuery, PageQuery);

impl Client {
    /// All items of the listing at `segments`, from the page of `query` on. All have the same
    /// revision. The stream ends early only with an error.
    pub(crate) fn items<T, Q>(
        &self,
        segments: &[&str],
        query: &Q,
    ) -> impl Stream<Item = Result<T, Error>> + Send + 'static + use<T, Q>
    where
        T: DeserializeOwned + Send + 'static,
        Q: Paged + Send + Sync + 'static,
    {
        let segments: Vec<String> = segments.iter().map(ToString::to_string).collect();
        let begin = Some((self.clone(), segments, query.clone()));
        try_unfold(begin, async |next| {
            let Some((client, segments, query)) = next else { return Ok(None) };
            let names: Vec<&str> = segments.iter().map(String::as_str).collect();
            let page: Page<T> = client.answer(client.get(&names)?.query(&query)).await?;
            let next = page.next_page_token.map(|token| (client, segments, query.at(token)));
            Ok::<_, Error>(Some((futures_util::stream::iter(page.items).map(Ok), next)))
        })
        .try_flatten()
    }
}
