//! Building the demo and running one whole journey of it, for measuring and for long runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use crate::Outcome;
use crate::workspace::{Workspace, run_shown};

/// The demo, built in release mode.
#[derive(Debug)]
pub(crate) struct DemoProgram {
    path: PathBuf,
}

impl DemoProgram {
    /// Builds it.
    ///
    /// # Errors
    /// When it does not build.
    pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<Self> {
        let packages = ["--package", "mpp-demo", "--package", "mpp-server", "--package", "mpp-sandbox"];
        let mut build = workspace.cargo(&[["build", "--release", "--bins"].as_slice(), &packages].concat());
        if run_shown(&mut build)? == Outcome::Failed {
            bail!("the demo does not build");
        }
        let name = format!("mpp-demo{}", std::env::consts::EXE_SUFFIX);
        Ok(Self { path: workspace.target().join("release").join(name) })
    }

    /// Runs one journey, every role a process of its own, and returns what was reported last. What the servers log is shown
    /// when the journey fails. `document_bytes` is the least size of every FI document.
    ///
    /// # Errors
    /// When the journey fails or reports nothing.
    pub(crate) fn run_journey(&self, document_bytes: u32) -> anyhow::Result<JourneyReport> {
        let output = Command::new(&self.path)
            .args(["--once", "--json", "--document-bytes", &document_bytes.to_string(), "--programs"])
            .arg(self.path.parent().context("the demo lies in no folder")?)
            .output()
            .with_context(|| format!("cannot start {}", self.path.display()))?;
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            bail!("the journey ended with {}", output.status);
        }
        JourneyReport::last_in(&String::from_utf8_lossy(&output.stdout), &self.path)
    }
}

/// The JSON object on the last line of the demo's output.
#[derive(Debug)]
pub(crate) struct JourneyReport {
    fields: Map<String, Value>,
}

impl JourneyReport {
    /// Reads the last line of `output` that is a JSON object.
    fn last_in(output: &str, program: &Path) -> anyhow::Result<Self> {
        let object = |line: &str| serde_json::from_str::<Map<String, Value>>(line).ok();
        let fields = output.lines().rev().find_map(object);
        let fields = fields.with_context(|| format!("{} reported no JSON object", program.display()))?;
        Ok(Self { fields })
    }

    /// What each program of the world cost.
    ///
    /// # Errors
    /// When the report does not tell.
    pub(crate) fn parts(&self) -> anyhow::Result<&[Value]> {
        let parts = self.fields.get("parts").and_then(Value::as_array);
        parts.map(Vec::as_slice).context("the report does not tell the parts")
    }

    /// The number of milliseconds in `field`.
    ///
    /// # Errors
    /// When the report has no such number.
    pub(crate) fn millis(&self, field: &str) -> anyhow::Result<f64> {
        let value = self.fields.get(field).and_then(Value::as_f64);
        value.with_context(|| format!("the report has no number `{field}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::{JourneyReport, Path};

    #[test]
    fn the_last_object_of_the_output_is_the_report() {
        let output = "{\"wallMillis\": 1}\nconsent approved\n{\"wallMillis\": 2.5}\ndone\n";
        let report = JourneyReport::last_in(output, Path::new("demo")).unwrap();
        assert_eq!(report.millis("wallMillis").unwrap(), 2.5);
        assert!(report.millis("cpuMillis").is_err());
    }

    #[test]
    fn output_without_an_object_is_an_error() {
        assert!(JourneyReport::last_in("[1]\n7\nwords\n", Path::new("demo")).is_err());
    }
}
