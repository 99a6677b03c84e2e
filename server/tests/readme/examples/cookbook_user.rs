use aws_sdk_s3::config::{BehaviorVersion, Region};
use sail_cargo_client::StaticToken;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt};

fn client(session_token: String) -> Result<aws_sdk_s3::Client, Box<dyn std::error::Error>> {
    let signer = RemoteSigner::user(at("https://cargo.example.com"), StaticToken::new(session_token))?;
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1")) // the store's
        .remote_signing(signer)
        .build();
    Ok(aws_sdk_s3::Client::from_conf(config))
}
