use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_client::protocol::{GrantQuery, Permission, PutGrant};

async fn share() -> Result<(), Box<dyn std::error::Error>> {
    let cargo = Client::builder(at("http://127.0.0.1:8080"))
        .credentials(Credentials::api_key(Key::new(std::env::var("CARGO_API_KEY")?)))
        .build()?;

    let grant = PutGrant { permissions: [Permission::Read].into(), ..PutGrant::default() };
    let carl = cargo.account("carl").await?.id; // users of an auth service of yours have the ids in their tokens
    cargo.put_grant("demo", &carl, &GrantQuery::default(), &grant).await?;

    match cargo.grant("demo", "dora", &GrantQuery::default()).await {
        Ok(grant) => println!("dora: {:?}", grant.permissions),
        Err(error) if error.is_not_found() => println!("dora has none"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
