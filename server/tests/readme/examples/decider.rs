use sail_cargo_client::protocol::Permission;
use sail_cargo_client::{Client, Credentials, Decider};

async fn example() -> Result<(), Box<dyn std::error::Error>> {
let cargo = Client::builder(at("https://cargo.example.com"))
    .credentials(Credentials::api_key(std::env::var("CARGO_API_KEY")?))
    .build()?;
let decider = Decider::builder(cargo).build();
if decider.may("ada", &["staff"], Permission::Read, "photos", "2026/cat.png").await? {
    println!("shown");
}
Ok(())
}
