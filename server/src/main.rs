//! `sail-cargo`: the command line.

fn main() -> std::process::ExitCode {
    sail_cargo_server::cli::run()
}
