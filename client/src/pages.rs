//! Listings as streams: page after page, for as long as they are read.

use futures_util::stream::try_unfold;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sail_cargo_protocol::{AccessKeysQuery, AccessQuery, AuditQuery, GrantsQuery, Page, PageQuery};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Client, Error};

/// A query that says where a page begins.
pub(crate) trait Paged: Serialize + Clone {
    /// The same query for the page that `token` begins.
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
paged!(AccessKeysQuery, AccessQuery, AuditQuery, GrantsQuery, PageQuery);

impl Client {
    /// Every item of the listing at `segments`, from the page that `query` names on. It is of one
    /// revision, and ends early only with an error.
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
