//! Running tests with cargo's own runner and reading what it prints.

use std::io::{BufRead as _, BufReader, pipe};
use std::process::{Command, ExitStatus};

use anyhow::Context as _;

use crate::Outcome;
use crate::workspace::shown;

use super::kinds::Kind;
use super::tally::{Tally, Verdict};

/// Runs `command` (a `cargo test`), shows its output and counts its tests.
///
/// # Errors
/// When cargo cannot be started or its output cannot be read.
pub(super) fn run(command: &mut Command, step: &str, tally: &mut Tally) -> anyhow::Result<()> {
    let failed_before = tally.total().failed;
    let mut output = Output::default();
    let status = each_line(command, |line| {
        println!("{line}");
        output.read(line, tally);
    })?;
    let outcome = if status.success() { Outcome::Passed } else { Outcome::Failed };
    tally.add_silent_failure(step, outcome, failed_before);
    Ok(())
}

/// Runs `command` and hands over each line of its output and error output, in the order of writing.
fn each_line(command: &mut Command, mut take: impl FnMut(&str)) -> anyhow::Result<ExitStatus> {
    println!("$ {}", shown(command));
    let (reader, writer) = pipe().context("cannot make a pipe")?;
    command.stdout(writer.try_clone().context("cannot share a pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
    // The command keeps the writing ends open, and the reader would wait for them for ever.
    command.stdout(std::process::Stdio::inherit()).stderr(std::process::Stdio::inherit());
    for line in BufReader::new(reader).split(b'\n') {
        take(&String::from_utf8_lossy(&line.context("cannot read the output of the tests")?));
    }
    child.wait().context("cannot wait for the tests")
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Output {
    /// The binary whose tests are being listed.
    binary: String,
    /// Whether they are examples in the documentation.
    documentation: bool,
}

impl Output {
    /// Reads one line.
    fn read(&mut self, line: &str, tally: &mut Tally) {
        let line = line.trim();
        if let Some(of) = line.strip_prefix("Doc-tests ") {
            self.binary = of.to_owned();
            self.documentation = true;
        } else if let Some(running) = line.strip_prefix("Running ") {
            self.binary = binary_name(running);
            self.documentation = false;
        } else if let Some((test, verdict)) = test_line(line) {
            let kind = if self.documentation { Kind::Documentation } else { Kind::of(&self.binary, test) };
            tally.add(kind, &self.binary, test, verdict);
        }
    }
}

/// The name of the binary in `unittests src/lib.rs (target/debug/deps/mpp_core-0123)` or
/// `tests/contract.rs (...)`, as [`Kind::of`] expects it.
fn binary_name(running: &str) -> String {
    let (source, binary) = running.split_once(" (").unwrap_or((running, ""));
    let binary = binary.rsplit('/').next().unwrap_or(binary);
    let name = binary.rsplit_once('-').map_or(binary, |(name, _)| name);
    let unit = source.starts_with("unittests");
    if unit { name.to_owned() } else { format!("::{name}") }
}

/// The test and its end in `test a::b ... ok`.
fn test_line(line: &str) -> Option<(&str, Verdict)> {
    let (test, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let test = test.strip_suffix(" - should panic").unwrap_or(test);
    match end.split([',', ' ']).next()? {
        "ok" => Some((test, Verdict::Passed)),
        "FAILED" => Some((test, Verdict::Failed)),
        "ignored" => Some((test, Verdict::Ignored)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Output, Tally, Verdict, binary_name, test_line};

    #[test]
    fn every_line_of_a_run_is_counted_under_its_kind() {
        let mut tally = Tally::default();
        let mut output = Output::default();
        for line in [
            "   Compiling mpp-core v0.1.0",
            "     Running unittests src/lib.rs (target/debug/deps/mpp_core-0a1b)",
            "running 2 tests",
            "test time::tests::a_span_adds ... ok",
            "test time::tests::overflow_is_refused ... FAILED",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
            "     Running tests/contract.rs (target/debug/deps/contract-77ff)",
            "test memory::conflict ... ignored, needs a server",
            "   Doc-tests mpp_core",
            "test mpp-core/src/lib.rs - (line 12) ... ok",
        ] {
            output.read(line, &mut tally);
        }
        let ended = |kind| (tally.of(kind).passed, tally.of(kind).failed, tally.of(kind).ignored);
        assert_eq!(ended(Kind::Unit), (1, 1, 0));
        assert_eq!(ended(Kind::Contract), (0, 0, 1));
        assert_eq!(ended(Kind::Documentation), (1, 0, 0));
        let names: Vec<&str> = tally.failures().iter().map(|failure| failure.name.as_str()).collect();
        assert_eq!(names, ["mpp_core time::tests::overflow_is_refused"]);
    }

    #[test]
    fn what_a_test_prints_is_not_taken_for_a_test() {
        assert_eq!(test_line("test vectors are in ../shared"), None);
        assert_eq!(test_line("test a ... bench: 12 ns/iter"), None);
        assert_eq!(test_line("test a - should panic ... ok"), Some(("a", Verdict::Passed)));
        assert_eq!(
            test_line("test f.rs - x (line 3) - compile fail ... ok"),
            Some(("f.rs - x (line 3) - compile fail", Verdict::Passed))
        );
    }

    #[test]
    fn a_file_under_tests_is_told_from_a_library() {
        assert_eq!(binary_name("tests/contract.rs (target/debug/deps/contract-77ff)"), "::contract");
        assert_eq!(binary_name("unittests src/main.rs (target/debug/deps/mpp_demo-1)"), "mpp_demo");
    }
}
