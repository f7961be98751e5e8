//! Reads a bill's document as JSON from standard input and writes it as PDF to standard output.

use std::io::{Read, Write};
use std::process::ExitCode;

use mpp_billing::BillDocument;
use mpp_invoice_pdf::{RenderError, render};

/// The largest document that is read, in bytes; thousands of lines.
const LARGEST: u64 = 16 * 1024 * 1024;

fn main() -> ExitCode {
    match print() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // nothing of the document is repeated
            let _ = writeln!(std::io::stderr(), "mpp-invoice-pdf: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The input is not a document.
    #[error("the input is not a document of a bill: line {line}, column {column}")]
    Input {
        /// Where it is wrong.
        line: usize,
        /// Where it is wrong.
        column: usize,
    },
    /// The document cannot be typeset.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Input or output failed.
    #[error("input or output failed: {0}")]
    Io(#[from] std::io::Error),
}

fn print() -> Result<(), Failure> {
    let mut json = Vec::new();
    std::io::stdin().take(LARGEST).read_to_end(&mut json)?;
    let document: BillDocument = serde_json::from_slice(&json)
        .map_err(|error| Failure::Input { line: error.line(), column: error.column() })?;
    let pdf = render(&document)?;
    let mut output = std::io::stdout().lock();
    output.write_all(&pdf)?;
    output.flush()?;
    Ok(())
}
