use sail_cargo_client::protocol::Permission;
use sail_cargo_client::{Client, Decider};

async fn show(cargo: Client, user: &str) -> Result<bool, sail_cargo_client::Error> {
    // Kept: its answers are at most a second old.
    let decider = Decider::builder(cargo).build();
    decider.may(user, &[], Permission::Read, "photos", "2026/cat.png").await
}
