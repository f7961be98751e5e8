//! Bills as PDF, by a program of its own: the typesetter takes long to build and reads what others wrote.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use mpp_billing::BillDocument;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// How long a document may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program `mpp-invoice-pdf`, as the configuration names it.
#[derive(Debug, Clone)]
pub(super) struct Printer(PathBuf);

/// Why there is no PDF. Repeats nothing of the document.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrintError {
    /// The document could not be written as JSON.
    #[error("the document could not be written")]
    Document(#[from] serde_json::Error),
    /// The program could not be run, or input or output failed.
    #[error("the printer could not be run")]
    Run(#[from] std::io::Error),
    /// It took too long and was ended.
    #[error("the printer took longer than {} s", PATIENCE.as_secs())]
    TooLong(#[from] tokio::time::error::Elapsed),
    /// It said no.
    #[error("the printer refused: {0}")]
    Refused(String),
}

impl Printer {
    pub(super) const fn new(program: PathBuf) -> Self {
        Self(program)
    }

    /// The document as PDF.
    pub(super) async fn print(&self, document: &BillDocument) -> Result<Bytes, PrintError> {
        tokio::time::timeout(PATIENCE, self.run(serde_json::to_vec(document)?)).await?
    }

    async fn run(&self, json: Vec<u8>) -> Result<Bytes, PrintError> {
        let mut child = Command::new(&self.0)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        // it reads everything before it writes anything
        if let Some(mut input) = child.stdin.take() {
            input.write_all(&json).await?;
            input.shutdown().await?;
        }
        let output = child.wait_with_output().await?;
        if output.status.success() && output.stdout.starts_with(b"%PDF-") {
            return Ok(output.stdout.into());
        }
        let said: String = String::from_utf8_lossy(&output.stderr).chars().take(200).collect();
        Err(PrintError::Refused(said.trim().to_owned()))
    }
}
