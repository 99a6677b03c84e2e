use futures_util::TryStreamExt as _;
use sail_cargo_middleware::listing;

async fn example(s3: aws_sdk_s3::Client) -> Result<(), Box<dyn std::error::Error>> {
let mut pages = Box::pin(listing::pages(s3.list_objects_v2().bucket("photos").prefix("2026/")));
while let Some(page) = pages.try_next().await? {
    page.contents().iter().filter_map(|object| object.key()).for_each(|key| println!("{key:?}"));
}
Ok(())
}
