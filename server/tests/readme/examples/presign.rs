use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use sail_cargo_middleware::RemoteSigner;

async fn example(
    s3: &aws_sdk_s3::Client, signer: &RemoteSigner,
) -> Result<(), Box<dyn std::error::Error>> {
let ten_minutes = PresigningConfig::expires_in(Duration::from_secs(600))?;
let get = s3.get_object().bucket("photos").key("cat.png");
let link = signer.presign(get.presigned(ten_minutes)).await?;
println!("until {}: {}", link.expires_at, link.url);
Ok(())
}
