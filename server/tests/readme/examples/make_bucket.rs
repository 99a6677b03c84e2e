use aws_sdk_s3::config::{BehaviorVersion, Region};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt};

async fn make_bucket() -> Result<(), Box<dyn std::error::Error>> {
    let signer = RemoteSigner::root(at("http://127.0.0.1:8080"), std::env::var("CARGO_API_KEY")?)?;
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(at("http://127.0.0.1:8081"))
        .force_path_style(true)
        .remote_signing(signer)
        .build();
    // Signing this takes the name for the project: no other project of the store can have it.
    aws_sdk_s3::Client::from_conf(config).create_bucket().bucket("new-photos").send().await?;
    Ok(())
}
