use aws_sdk_s3::config::{BehaviorVersion, Region};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt};

async fn example() -> Result<(), Box<dyn std::error::Error>> {
let key = std::env::var("CARGO_API_KEY")?;
let config = aws_sdk_s3::Config::builder()
    .behavior_version(BehaviorVersion::latest())
    .region(Region::new("us-east-1"))
    .endpoint_url(at("https://s3.example.com"))
    .remote_signing(RemoteSigner::root(at("https://cargo.example.com"), key)?)
    .build();
aws_sdk_s3::Client::from_conf(config).create_bucket().bucket("photos").send().await?;
Ok(())
}
