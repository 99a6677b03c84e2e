//! `sail-cargo`: the command line.

/// Allocations of this server are small and short-lived: a signature takes about two hundred.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sail_cargo_server::cli::run()
}
