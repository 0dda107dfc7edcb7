//! The command `evalai-sync`: it reads the command line, runs, and turns the outcome into an exit code.

use std::process::ExitCode;

use evalai_sync::cli;

fn main() -> anyhow::Result<ExitCode> {
    let matches = cli::command().get_matches();
    cli::tell_panics(&matches);
    cli::start_tracing(&matches)?;
    Ok(cli::execute(&matches))
}
