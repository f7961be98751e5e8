//! What kind of test a test is, told from its name.
//!
//! The name of a file under `tests/` says what the file holds, so that the summary can count it: `contract.rs`,
//! `vectors.rs`, `endpoints.rs`, `end_to_end.rs`, `separate_processes.rs` and so on.

/// The kinds of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Beside the code that it tests.
    Unit,
    /// The contract of a port, run on one of its implementations.
    Contract,
    /// Known answers, most of them from outside.
    Vector,
    /// Invariants over generated input.
    Property,
    /// What a role does, over its ports.
    Role,
    /// A router with its store, in process.
    Endpoint,
    /// Random sequences of operations and faults.
    Simulation,
    /// Canary values searched for where they must not be.
    Privacy,
    /// All roles and the world outside in one process.
    EndToEndOneProcess,
    /// The same as programs of their own, over loopback.
    EndToEndSeparateProcesses,
    /// A page in a real browser.
    Page,
    /// An example in the documentation.
    Documentation,
    /// Any other file under `tests/`.
    OtherIntegration,
}

/// The words that tell the kind, strongest first. A word is matched whole, or with a plural `s`.
const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Page, &["page", "portals", "browser"]),
    (Kind::EndToEndSeparateProcesses, &["separate_process", "separate_processes", "processes"]),
    (Kind::EndToEndOneProcess, &["end_to_end", "e2e", "journey", "one_process"]),
    (Kind::Simulation, &["simulation"]),
    (Kind::Privacy, &["privacy", "canary", "canaries"]),
    (Kind::Vector, &["vector", "wycheproof"]),
    (Kind::Contract, &["contract", "conformance"]),
    (Kind::Property, &["property", "properties", "proptest"]),
    (Kind::Endpoint, &["endpoint", "route", "router"]),
    (Kind::Role, &["role"]),
];

impl Kind {
    /// Every kind, in the order of the summary.
    pub(super) const ALL: [Kind; 13] = [
        Kind::Unit,
        Kind::Contract,
        Kind::Vector,
        Kind::Property,
        Kind::Role,
        Kind::Endpoint,
        Kind::Simulation,
        Kind::Privacy,
        Kind::EndToEndOneProcess,
        Kind::EndToEndSeparateProcesses,
        Kind::Page,
        Kind::Documentation,
        Kind::OtherIntegration,
    ];

    /// The kind of `test` (its full path) in `binary`, written as nextest does: `crate`, `crate::bin/program` or
    /// `crate::file`.
    pub(super) fn of(binary: &str, test: &str) -> Kind {
        let file = binary.split_once("::").map(|(_, file)| file);
        let file = file.filter(|file| !file.starts_with("bin/"));
        let modules = test.rsplit_once("::").map_or("", |(modules, _)| modules);
        let names = file.into_iter().chain(modules.split("::"));
        let fallback = if file.is_some() { Kind::OtherIntegration } else { Kind::Unit };
        names.filter_map(Kind::told_by).next().unwrap_or(fallback)
    }

    /// The kind that the name of a file or module tells, if it tells one.
    fn told_by(name: &str) -> Option<Kind> {
        let padded = format!("_{name}_");
        let has =
            |word: &&str| padded.contains(&format!("_{word}_")) || padded.contains(&format!("_{word}s_"));
        WORDS.iter().find(|(_, words)| words.iter().any(has)).map(|(kind, _)| *kind)
    }

    /// How the summary calls it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Kind::Unit => "unit",
            Kind::Contract => "contract of a port",
            Kind::Vector => "vectors",
            Kind::Property => "property",
            Kind::Role => "a role over its ports",
            Kind::Endpoint => "endpoint",
            Kind::Simulation => "simulation",
            Kind::Privacy => "privacy",
            Kind::EndToEndOneProcess => "end to end, one process",
            Kind::EndToEndSeparateProcesses => "end to end, separate processes",
            Kind::Page => "page in a browser",
            Kind::Documentation => "documentation examples",
            Kind::OtherIntegration => "other integration",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_file_name_tells_the_kind() {
        assert_eq!(Kind::of("mpp-store::contract", "sqlite::a_conflict_is_typed"), Kind::Contract);
        assert_eq!(Kind::of("mpp-crypto::hpke_vectors", "opens_all"), Kind::Vector);
        assert_eq!(Kind::of("mpp-server::central_endpoints", "repeated"), Kind::Endpoint);
        assert_eq!(Kind::of("mpp-services::central_role", "fetching::a_refusal_ends_it"), Kind::Role);
        assert_eq!(Kind::of("mpp-demo::separate_processes", "journey"), Kind::EndToEndSeparateProcesses);
        assert_eq!(Kind::of("mpp-demo::end_to_end", "whole_journey"), Kind::EndToEndOneProcess);
        assert_eq!(Kind::of("xtask::layers", "the_real_tree_passes"), Kind::OtherIntegration);
    }

    #[test]
    fn modules_tell_the_kind_of_tests_beside_the_code() {
        assert_eq!(Kind::of("mpp-crypto", "rebit::vectors::opens"), Kind::Vector);
        assert_eq!(Kind::of("mpp-core", "consent::tests::revoked_stays_revoked"), Kind::Unit);
        assert_eq!(Kind::of("mpp-server::bin/mpp-central", "tests::parses"), Kind::Unit);
    }

    #[test]
    fn the_name_of_the_test_itself_tells_nothing() {
        assert_eq!(Kind::of("mpp-core", "partner::tests::without_contract_is_refused"), Kind::Unit);
    }
}
