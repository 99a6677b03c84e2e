use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use sail_cargo_middleware::RemoteSigner;

async fn link(
    s3: &aws_sdk_s3::Client,
    signer: &RemoteSigner,
) -> Result<String, Box<dyn std::error::Error>> {
    let hour = PresigningConfig::expires_in(Duration::from_secs(3600))?;
    let get = s3.get_object().bucket("photos").key("cat.png");
    Ok(signer.presign(get.presigned(hour)).await?.url)
}
