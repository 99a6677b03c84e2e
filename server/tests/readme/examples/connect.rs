use sail_cargo_client::StaticToken;
use sail_cargo_middleware::RemoteSigner;

async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
let signer = RemoteSigner::user(at("https://cargo.example.com"), StaticToken::new(token))?;
let s3 = signer.connect().await?;
let cat = s3.get_object().bucket("photos").key("cat.png").send().await?;
Ok(())
}
