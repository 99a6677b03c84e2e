use aws_sdk_s3::config::{BehaviorVersion, Region};
use sail_cargo_client::StaticToken;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt};

async fn download(session_token: String) -> Result<(), Box<dyn std::error::Error>> {
    // The user's token; in `dev`, what `sail-cargo token ada` prints. Any `TokenProvider` will do: it is
    // asked for every request, so that tokens can be refreshed.
    let signer = RemoteSigner::user(at("http://127.0.0.1:8080"), StaticToken::new(session_token))?;
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(at("http://127.0.0.1:8081"))
        .force_path_style(true)
        .remote_signing(signer) // last
        .build();
    let s3 = aws_sdk_s3::Client::from_conf(config);

    match s3.get_object().bucket("demo").key("hi.txt").send().await {
        Ok(object) => println!("{} bytes", object.body.collect().await?.to_vec().len()),
        Err(error) => match RemoteSigningError::find(&error) {
            // S3 was not asked.
            Some(RemoteSigningError::Denied { message, .. }) => println!("not allowed: {message}"),
            _ => return Err(error.into()),
        },
    }
    Ok(())
}
