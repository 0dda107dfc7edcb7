//! The diagnostic log on standard error, for whoever looks for a fault.

use std::io::{self, Write};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

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
    let filter: Targets = directives.parse().map_err(|source| TracingError::Filter {
        directives: directives.to_owned(),
        source,
    })?;
    let log = fmt::layer().with_writer(|| InertLines(io::stderr()));
    // Actions puts a time before every line by itself.
    if environment.in_actions {
        let log = log.without_time().with_filter(filter);
        registry().with(log).try_init()?;
    } else {
        registry().with(log.with_filter(filter)).try_init()?;
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{InertLines, directives, start_tracing};
    use crate::action::environment::tests::environment;

    #[test]
    fn warnings_are_logged_unless_more_is_asked_for() {
        for (variables, expected) in [
            (&[][..], "warn"),
            (&[("RUNNER_DEBUG", "1")], "warn,evalai_sync=debug"),
            (&[("RUNNER_DEBUG", "1"), ("RUST_LOG", "error")], "error"),
        ] {
            assert_eq!(directives(&environment(&[], variables)), expected);
        }
    }

    #[test]
    fn a_wrong_filter_is_named() {
        let error = start_tracing(&environment(&[], &[("RUST_LOG", "evalai_sync=loud")]))
            .expect_err("no level");
        assert!(
            error
                .to_string()
                .starts_with("RUST_LOG is `evalai_sync=loud`, which is no log filter"),
            "{error}"
        );
    }

    #[test]
    fn no_line_of_an_event_is_a_command() {
        let mut out = Vec::new();
        let event = b"WARN said\n::error::x\n\x1b[2J\xff\n";
        InertLines(&mut out).write_all(event).expect("memory");
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "WARN said\n\\::error::x\n\\u{1b}[2J\u{fffd}\n"
        );
    }
}
