//! Running tests with `cargo-nextest`, and counting from the JUnit report that it writes.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

use crate::workspace::{Workspace, run_shown};

use super::kinds::Kind;
use super::tally::{Tally, Verdict};

/// Runs every test of the workspace but the examples in the documentation.
///
/// # Errors
/// When nextest cannot be started or its report cannot be read.
pub(super) fn run(
    workspace: &Workspace,
    prepare: impl FnOnce(&mut Command) -> &mut Command,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    // nextest keeps its reports below the workspace, wherever the target folder is
    let report = workspace.root().join("target/nextest/default/junit.xml");
    remove_old(&report)?;
    let config = format!("mpp:{}", workspace.root().join("xtask").join("nextest.toml").display());
    let arguments = ["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"];
    let mut command = workspace.cargo(&arguments);
    command.args(["--tool-config-file", &config]);
    let failed_before = tally.total().failed;
    let outcome = run_shown(prepare(&mut command))?;
    if report.exists() {
        let text =
            std::fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
        count(&text, tally).with_context(|| format!("cannot understand {}", report.display()))?;
    }
    tally.add_silent_failure("building or starting the tests", outcome, failed_before);
    if report.exists() {
        count_ignored(&list(workspace)?, tally);
    }
    Ok(())
}

/// What nextest says there is to run. The report of a run does not name what is marked `#[ignore]`.
fn list(workspace: &Workspace) -> anyhow::Result<Value> {
    let arguments = ["nextest", "list", "--workspace", "--all-features", "--message-format", "json"];
    let output = workspace.cargo(&arguments).stderr(Stdio::null()).output()?;
    serde_json::from_slice(&output.stdout).context("cannot understand the list of tests")
}

/// Counts every test in a list that is marked `#[ignore]`.
fn count_ignored(list: &Value, tally: &mut Tally) {
    let suites = list.get("rust-suites").and_then(Value::as_object).into_iter().flatten();
    for (binary, suite) in suites {
        let tests = suite.get("testcases").and_then(Value::as_object).into_iter().flatten();
        let ignored = tests.filter(|(_, about)| about.get("ignored") == Some(&Value::Bool(true)));
        for (test, _) in ignored {
            tally.add(Kind::of(binary, test), binary, test, Verdict::Ignored);
        }
    }
}

/// Removes the report of an earlier run, so that it cannot be taken for this one's.
fn remove_old(report: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(report) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", report.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Counts every test in a JUnit report, and keeps what those that failed wrote last.
fn count(report: &str, tally: &mut Tally) -> anyhow::Result<()> {
    let report = Report::deserialize_from_str(report)?;
    for case in report.test_suites.iter().flat_map(|suite| &suite.test_cases) {
        let binary = case.classname.as_ref().context("a test without the name of its binary")?.as_str();
        let verdict = match &case.status {
            TestCaseStatus::Success { .. } => Verdict::Passed,
            TestCaseStatus::NonSuccess { .. } => Verdict::Failed,
            TestCaseStatus::Skipped { .. } => Verdict::Ignored,
        };
        tally.add(Kind::of(binary, &case.name), binary, &case.name, verdict);
        if let Some(written) = case.system_err.as_ref().filter(|_| verdict == Verdict::Failed) {
            tally.explain_failure(written);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Tally, count, count_ignored};

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="4" failures="1" errors="0">
  <testsuite name="mpp-core" tests="2">
    <testcase name="time::tests::a_span_adds" classname="mpp-core" time="0.004"></testcase>
    <testcase name="time::tests::map&lt;T&gt;" classname="mpp-core" time="0.004">
      <failure type="test failure">left &lt; right</failure><system-out>testcase</system-out>
      <system-err>panicked at a.rs:
left &lt; right</system-err>
    </testcase>
  </testsuite>
  <testsuite name="mpp-store::contract" tests="2">
    <testcase name="memory::conflict" classname="mpp-store::contract" time="0.1"/>
    <testcase name="memory::lease" classname="mpp-store::contract" time="0.1">
      <flakyFailure type="test failure">once</flakyFailure>
    </testcase>
  </testsuite>
</testsuites>"#;

    #[test]
    fn a_report_is_counted_by_kind() {
        let mut tally = Tally::default();
        count(REPORT, &mut tally).unwrap();
        let ended = |kind| (tally.of(kind).passed, tally.of(kind).failed);
        assert_eq!(ended(Kind::Unit), (1, 1));
        assert_eq!(ended(Kind::Contract), (2, 0));
        let [failure] = tally.failures() else { panic!("{:?}", tally.failures()) };
        assert_eq!(failure.name, "mpp-core time::tests::map<T>");
        assert_eq!(failure.last_words, ["panicked at a.rs:", "left < right"]);
    }

    #[test]
    fn a_broken_report_is_an_error() {
        let nameless =
            r#"<testsuites name="run"><testsuite name="a"><testcase name="b"/></testsuite></testsuites>"#;
        for broken in [nameless, "<testsuites>", ""] {
            assert!(count(broken, &mut Tally::default()).is_err(), "{broken}");
        }
    }

    #[test]
    fn ignored_tests_are_counted_from_the_list() {
        let list = serde_json::json!({ "rust-suites": { "mpp-core": { "testcases": {
            "time::tests::later": { "ignored": true },
            "time::tests::now": { "ignored": false },
        } } } });
        let mut tally = Tally::default();
        count_ignored(&list, &mut tally);
        assert_eq!(tally.of(Kind::Unit).ignored, 1);
        assert_eq!(tally.total().passed, 0);
    }
}
