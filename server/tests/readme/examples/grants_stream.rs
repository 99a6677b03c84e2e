use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_client::protocol::GrantsQuery;

async fn example(cargo: &Client) -> Result<(), Box<dyn std::error::Error>> {
let mut grants = std::pin::pin!(cargo.grants_stream("photos", &GrantsQuery::default()));
while let Some(grant) = grants.try_next().await? {
    println!("{} may {:?} on {}", grant.subject, grant.permissions, grant.prefix);
}
Ok(())
}
