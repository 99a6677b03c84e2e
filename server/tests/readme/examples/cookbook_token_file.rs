use sail_cargo_client::TokenFile;
use sail_cargo_middleware::RemoteSigner;

async fn client() -> Result<aws_sdk_s3::Client, Box<dyn std::error::Error>> {
    // The file is read for each request. To rotate the token, replace the file.
    let signer = RemoteSigner::user(at("https://cargo.example.com"), TokenFile::new(at("/run/token")))?;
    Ok(signer.connect().await?) // endpoint, region and style as the store has them
}
