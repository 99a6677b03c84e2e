use sail_cargo_client::{Client, Credentials};

fn client(key: String) -> Result<Client, sail_cargo_client::Error> {
    Client::builder("unix:/run/sail-cargo/cargo.sock").credentials(Credentials::api_key(key)).build()
}
