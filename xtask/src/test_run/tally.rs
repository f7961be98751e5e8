//! Counting what ran.

use std::collections::BTreeMap;

use crate::Outcome;

use super::kinds::Kind;
use super::real_parts::ReadyPart;

/// How one test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It is marked `#[ignore]` and did not run.
    Ignored,
}

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Passed.
    pub(super) passed: u32,
    /// Failed.
    pub(super) failed: u32,
    /// Marked `#[ignore]`.
    pub(super) ignored: u32,
}

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Ignored => self.ignored += 1,
            Verdict::Failed => self.failed += 1,
        }
    }
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The binary and the test, or the step.
    pub(super) name: String,
    /// The end of what it wrote, where that is known: what went wrong, and before it the warnings of servers it started.
    pub(super) last_words: Vec<String>,
}

/// How many lines of what a failing test wrote are kept.
const LAST_LINES: usize = 30;

/// The tests that run the contract of the store, a module for each backend.
const STORE_CONTRACT: &str = "::store_contract";

/// Everything counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    kinds: BTreeMap<Kind, Counts>,
    stores: BTreeMap<String, Counts>,
    failures: Vec<Failure>,
    broken_steps: u32,
}

impl Tally {
    /// Counts one test of `binary`.
    pub(super) fn add(&mut self, kind: Kind, binary: &str, test: &str, verdict: Verdict) {
        self.kinds.entry(kind).or_default().add(verdict);
        if let Some((store, _)) = test.split_once("::").filter(|_| binary.ends_with(STORE_CONTRACT)) {
            self.stores.entry(store.to_owned()).or_default().add(verdict);
        }
        if verdict == Verdict::Failed {
            self.add_failure(format!("{binary} {test}"));
        }
    }

    /// The backends that the contract of the store ran on, by name.
    pub(super) fn stores(&self) -> impl Iterator<Item = (&str, Counts)> {
        self.stores.iter().map(|(store, counts)| (store.as_str(), *counts))
    }

    /// Counts something that broke before or beside the tests themselves as one failure.
    pub(super) fn add_broken_step(&mut self, step: &str) {
        self.broken_steps += 1;
        self.add_failure(step.to_owned());
    }

    fn add_failure(&mut self, name: String) {
        self.failures.push(Failure { name, last_words: Vec::new() });
    }

    /// Keeps the end of what the test wrote that was counted as failed last, without backtraces, which would fill it.
    pub(super) fn explain_failure(&mut self, written: &str) {
        let mut in_backtrace = false;
        let lines = written.lines().filter(|line| {
            in_backtrace |= line.trim() == "stack backtrace:";
            let is_shown = !in_backtrace;
            in_backtrace &= !line.trim_start().starts_with("note: ");
            is_shown
        });
        let lines: Vec<&str> = lines.collect();
        let last = lines.split_at(lines.len().saturating_sub(LAST_LINES)).1;
        if let Some(failure) = self.failures.last_mut() {
            failure.last_words = last.iter().map(|&line| line.to_owned()).collect();
        }
    }

    /// Counts a command that failed although none of its own tests did, since `failed_before`.
    pub(super) fn add_silent_failure(&mut self, step: &str, outcome: Outcome, failed_before: u32) {
        if outcome == Outcome::Failed && self.total().failed == failed_before {
            self.add_broken_step(step);
        }
    }

    /// Counts every part that the suite needs and does not have, where nothing may be left out.
    pub(super) fn fail_unless_ready(&mut self, parts: &[ReadyPart]) {
        for part in parts.iter().filter(|part| part.path.is_none() && super::in_ci()) {
            self.add_broken_step(&part.to_string());
        }
    }

    /// The counts of one kind; zeros when none of it ran.
    pub(super) fn of(&self, kind: Kind) -> Counts {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// What failed.
    pub(super) fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// All kinds together, with the broken steps.
    pub(super) fn total(&self) -> Counts {
        let start = Counts { failed: self.broken_steps, ..Counts::default() };
        self.kinds.values().fold(start, |sum, counts| Counts {
            passed: sum.passed + counts.passed,
            failed: sum.failed + counts.failed,
            ignored: sum.ignored + counts.ignored,
        })
    }

    /// Passed only when something ran and nothing failed.
    pub(super) fn outcome(&self) -> Outcome {
        let total = self.total();
        if total.failed == 0 && total.passed > 0 { Outcome::Passed } else { Outcome::Failed }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Outcome, Tally, Verdict};

    #[test]
    fn a_run_without_tests_has_not_passed() {
        assert_eq!(Tally::default().outcome(), Outcome::Failed);
    }

    #[test]
    fn a_command_that_fails_without_a_failing_test_counts_as_one_failure() {
        let mut tally = Tally::default();
        tally.add(Kind::Unit, "mpp-core", "a", Verdict::Passed);
        tally.add_silent_failure("the tests", Outcome::Failed, 0);
        assert_eq!(tally.total().failed, 1);
        assert_eq!(tally.outcome(), Outcome::Failed);
    }

    #[test]
    fn the_contract_of_the_store_is_counted_by_backend() {
        let mut tally = Tally::default();
        for (test, verdict) in [("sqlite::a", Verdict::Passed), ("postgres::a", Verdict::Failed)] {
            tally.add(Kind::Contract, "mpp-store::store_contract", test, verdict);
        }
        tally.add(Kind::Contract, "mpp-store::parcel_contract", "folder::a", Verdict::Passed);
        let stores: Vec<_> =
            tally.stores().map(|(name, counts)| (name, counts.passed, counts.failed)).collect();
        assert_eq!(stores, [("postgres", 0, 1), ("sqlite", 1, 0)]);
    }

    #[test]
    fn a_failing_test_is_counted_once() {
        let mut tally = Tally::default();
        tally.add(Kind::Unit, "mpp-core", "a", Verdict::Failed);
        tally.add_silent_failure("the tests", Outcome::Failed, 0);
        assert_eq!(tally.total().failed, 1);
        let names: Vec<&str> = tally.failures().iter().map(|failure| failure.name.as_str()).collect();
        assert_eq!(names, ["mpp-core a"]);
    }

    #[test]
    fn the_end_of_what_a_failing_test_wrote_is_kept() {
        let mut tally = Tally::default();
        tally.explain_failure("nothing failed yet");
        tally.add(Kind::Unit, "mpp-core", "a", Verdict::Failed);
        let written: Vec<String> = (0..40).map(|line| line.to_string()).collect();
        tally.explain_failure(&written.join("\n"));
        assert_eq!(tally.failures()[0].last_words, written[10..]);
        let traced = "panicked\n    stack backtrace:\n       0: begin_unwind\n    note: run with more\nafter";
        tally.explain_failure(traced);
        assert_eq!(tally.failures()[0].last_words, ["panicked", "after"]);
    }
}
