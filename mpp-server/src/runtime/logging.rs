//! Structured logs on standard error, one JSON object a line. Messages read well alone, fields are dotted domain
//! names, nothing in them is personal data.

use tracing_subscriber::EnvFilter;

/// Starts logging for the whole process; `MPP_LOG` chooses what is logged (default `info`). Starting twice changes
/// nothing.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env("MPP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let started =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
