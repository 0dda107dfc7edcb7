//! The diagnostic log on standard error, for whoever looks for a fault.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::environment::Environment;
use super::inert::inert;

/// The log cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TracingError {
    /// `RUST_LOG` is wrong.
    #[error(
        "RUST_LOG is `{directives}`, which is no log filter ({source}); an example is `evalai_sync=debug`"
    )]
    Filter {
        /// What it is.
        directives: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// It runs already.
    #[error("the log was started twice: {0}")]
    Started(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts the log: what `RUST_LOG` asks for, else warnings, and everything of
/// this program if the workflow run has debug logging on. Its lines are
/// [`inert`], since the runner reads commands from standard error too.
///
/// # Errors
/// If `RUST_LOG` is no filter, or a log was started before.
pub fn start_tracing(environment: &Environment) -> Result<(), TracingError> {
    let directives = directives(environment);
    let filter = EnvFilter::try_new(directives).map_err(|source| TracingError::Filter {
        directives: directives.to_owned(),
        source,
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| InertLines(io::stderr()));
    // Actions puts a time before every line by itself.
    if environment.in_actions {
        log.without_time().finish().try_init()?;
    } else {
        log.finish().try_init()?;
    }
    Ok(())
}

fn directives(environment: &Environment) -> &str {
    match &environment.rust_log {
        Some(directives) => directives,
        None if environment.debug => "warn,evalai_sync=debug",
        None => "warn",
    }
}

/// Makes each line inert. The log writes one whole event at a time.
struct InertLines<W>(W);

impl<W: Write> Write for InertLines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        for line in String::from_utf8_lossy(event).lines() {
            writeln!(self.0, "{}", inert(line))?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
