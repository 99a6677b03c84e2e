//! The server's own parts in this process.

use std::path::Path;

use actix_web::rt::spawn;
use actix_web::web::Data;
use clap::Parser;
use sail_cargo_server::api::State;
use sail_cargo_server::app::Application;
use sail_cargo_server::clock::Clock;
use sail_cargo_server::config::Settings;

use crate::token::{AUDIENCE, ISSUER};

#[derive(Debug, Parser)]
struct Serve {
    #[command(flatten)]
    settings: Settings,
}

/// What a server with a spool in `directory` answers with, once it has its database and its keys.
pub(crate) async fn start(directory: &Path) -> Data<State> {
    let file = |name: &str| directory.join(name).display().to_string();
    let arguments = [
        "serve".to_owned(),
        "--listen=127.0.0.1:0".to_owned(),
        "--workers=1".to_owned(),
        format!("--database-url=sqlite:{}", file("cargo.db")),
        format!("--master-key-file={}", file("master.key")),
        format!("--audit-spool={}", directory.display()),
        format!("--auth-keys=file:{}", file("auth.pem")),
        format!("--auth-issuer={ISSUER}"),
        format!("--auth-audience={AUDIENCE}"),
        "--rate-per-address=0".to_owned(),
        "--rate-per-key=0".to_owned(),
        "--rate-per-user=0".to_owned(),
        "--rate-per-project=0".to_owned(),
        "--max-in-flight=0".to_owned(),
    ];
    let config = Serve::parse_from(arguments).settings.resolve().unwrap();
    let application = Application::build(config, Clock::system(), false).await.unwrap();
    let (state, health, issuers) =
        (application.state(), application.health(), application.issuers());
    spawn(async { application.run_until_stopped().await.unwrap() });
    health.opened().await;
    issuers.refresh().await;
    state
}
