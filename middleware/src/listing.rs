//! Listings that work with any keys.
//!
//! XML 1.0 does not allow most control characters, but keys may contain them: one such key makes a
//! whole listing unreadable. With `encoding-type=url`, S3 escapes keys and prefixes
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>).

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_sdk_s3::types::EncodingType;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use futures_util::{Stream, stream};

use crate::percent;

/// The pages of a listing, on demand, with the original keys and prefixes. The stream ends at its
/// first error.
///
/// ```no_run
/// use futures_util::TryStreamExt as _;
/// use sail_cargo_middleware::listing;
///
/// # async fn example(s3: aws_sdk_s3::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let mut pages = Box::pin(listing::pages(s3.list_objects_v2().bucket("photos").prefix("2026/")));
/// while let Some(page) = pages.try_next().await? {
///     page.contents().iter().filter_map(|object| object.key()).for_each(|key| println!("{key:?}"));
/// }
/// # Ok(())
/// # }
/// ```
///
/// Some storages do not support `encoding-type`, and leave it out of the response. Their keys are
/// not decoded.
pub fn pages(
    list: ListObjectsV2FluentBuilder,
) -> impl Stream<Item = Result<ListObjectsV2Output, SdkError<ListObjectsV2Error, HttpResponse>>> + Send
{
    let pages = list.encoding_type(EncodingType::Url).into_paginator().send();
    stream::try_unfold(pages, |mut pages| async move {
        let page = pages.next().await.transpose()?;
        Ok(page.map(|page| (decoded(page), pages)))
    })
}

/// Decodes the keys and prefixes of the page.
fn decoded(mut page: ListObjectsV2Output) -> ListObjectsV2Output {
    let is_escaped = is_escaped(&page);
    page.encoding_type = None;
    if !is_escaped {
        return page;
    }
    let keys = page.contents.iter_mut().flatten().map(|object| &mut object.key);
    let folders = page.common_prefixes.iter_mut().flatten().map(|folder| &mut folder.prefix);
    let own = [&mut page.prefix, &mut page.delimiter, &mut page.start_after];
    for text in keys.chain(folders).chain(own).flatten() {
        *text = decoded_text(text);
    }
    page
}

/// Whether the page's keys are escaped. Some storages claim so, but do not escape them.
fn is_escaped(page: &ListObjectsV2Output) -> bool {
    page.encoding_type() == Some(&EncodingType::Url) && texts(page).all(percent::is_escaped)
}

/// Decodes one text. A space is `+`, as S3 writes it, or `%20`. Invalid UTF-8 is not a key: it
/// becomes a replacement character.
fn decoded_text(text: &str) -> String {
    percent::decode(&text.replace('+', " "))
}

/// The texts of a page that S3 escapes.
fn texts(page: &ListObjectsV2Output) -> impl Iterator<Item = &str> {
    let keys = page.contents().iter().filter_map(|object| object.key());
    let folders = page.common_prefixes().iter().filter_map(|folder| folder.prefix());
    keys.chain(folders)
        .chain([page.prefix(), page.delimiter(), page.start_after()].into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{CommonPrefix, Object};

    use super::*;

    fn read(encoding: Option<EncodingType>, keys: &[&str]) -> Vec<String> {
        let objects = keys.iter().map(|key| Object::builder().key(*key).build()).collect();
        let page = ListObjectsV2Output::builder().set_encoding_type(encoding);
        let page = decoded(page.set_contents(Some(objects)).build());
        page.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }

    #[test]
    fn keys_come_back_however_a_storage_spells_them() {
        let url = Some(EncodingType::Url);
        for (encoding, told, keys) in [
            // S3, rclone: a space is `+`.
            (
                &url,
                &["a+b", "a%2Bb", "c%2520d", "e%1B%5B31m"][..],
                &["a b", "a+b", "c%20d", "e\u{1b}[31m"][..],
            ),
            // SeaweedFS: a space is `+` or `%20`.
            (&url, &["a%20b/c+d", "%C3%BC%2Fx/y"], &["a b/c d", "ü/x/y"]),
            // A storage that claims to escape, but does not.
            (&url, &["a b", "a+b", "100%"], &["a b", "a+b", "100%"]),
            (&url, &["+%.css"], &["+%.css"]),
            // A storage without `encoding-type`.
            (&None, &["a+b", "c%20d"], &["a+b", "c%20d"]),
            // Not a key, but no error either.
            (&url, &["%FF"], &["\u{fffd}"]),
        ] {
            assert_eq!(read(encoding.clone(), told), keys, "{told:?}");
        }
    }

    #[test]
    fn folders_and_what_was_asked_for_come_back_as_well() {
        let folder = CommonPrefix::builder().prefix("a%0Ab/").build();
        let page = ListObjectsV2Output::builder().encoding_type(EncodingType::Url);
        let page = page.common_prefixes(folder).prefix("a%0A").delimiter("/").start_after("%26");
        let page = decoded(page.build());
        assert_eq!(page.common_prefixes()[0].prefix(), Some("a\nb/"));
        assert_eq!((page.prefix(), page.start_after()), (Some("a\n"), Some("&")));
    }
}
