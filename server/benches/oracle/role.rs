//! What this program serves when it starts itself as a process of its own.

use std::path::Path;

use actix_web::rt::System;

use crate::application;
use crate::core_only;
use crate::echo;

/// What is served, until the process is killed. The address is printed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Role {
    /// An echo on actix-web.
    Echo,
    /// An echo on bare hyper.
    EchoHyper,
    /// Authentication and the signing pipeline on actix-web, without the server's layers.
    CoreActix,
    /// The same on bare hyper.
    CoreHyper,
}

impl Role {
    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::EchoHyper => "echo-hyper",
            Self::CoreActix => "core-actix",
            Self::CoreHyper => "core-hyper",
        }
    }

    /// Whether it needs keys and a database, in the directory where it starts.
    pub(crate) const fn signs(self) -> bool {
        matches!(self, Self::CoreActix | Self::CoreHyper)
    }

    pub(crate) fn serve(self) {
        System::new().block_on(async {
            match self {
                Self::Echo => echo::on_actix().await,
                Self::EchoHyper => echo::on_hyper().await,
                Self::CoreActix => {
                    core_only::on_actix(application::start(Path::new(".")).await).await;
                }
                Self::CoreHyper => {
                    core_only::on_hyper(application::start(Path::new(".")).await).await;
                }
            }
        });
    }
}
