//! The one table of allowed edges. `docs/architecture.md` gives the reasons.

/// What one of our crates may depend on, in `[dependencies]` and `[build-dependencies]`.
#[derive(Debug)]
pub(super) struct Layer {
    /// The depending crate.
    pub(super) name: &'static str,
    /// Our crates that it may depend on.
    pub(super) may_use: &'static [&'static str],
}

/// One more edge that is allowed in `[dev-dependencies]` only.
#[derive(Debug)]
pub(super) struct ForTests {
    /// The crate whose tests or examples need it.
    pub(super) name: &'static str,
    /// What they need.
    pub(super) may_use: &'static str,
    /// Why no inner crate will do. Read by people.
    #[expect(dead_code, reason = "a row without its reason would not be understood a year later")]
    pub(super) reason: &'static str,
}

/// An edge that may enable only some features.
#[derive(Debug)]
pub(super) struct OnlyFeatures {
    /// The depending crate.
    pub(super) name: &'static str,
    /// The crate depended on.
    pub(super) on: &'static str,
    /// The features that may be on, directly or because another one enables them.
    pub(super) features: &'static [&'static str],
}

/// Packages from outside that a crate of ours must not depend on (tests may).
#[derive(Debug)]
pub(super) struct Barred {
    /// The crate of ours.
    pub(super) name: &'static str,
    /// The packages it must do without.
    pub(super) packages: &'static [&'static str],
    /// What would be lost.
    pub(super) reason: &'static str,
}

/// Every crate of the workspace, innermost first.
pub(super) const LAYERS: &[Layer] = &[
    Layer { name: "mpp-core", may_use: &[] },
    Layer { name: "mpp-billing", may_use: &["mpp-core"] },
    Layer { name: "mpp-transport", may_use: &[] },
    Layer { name: "mpp-crypto", may_use: &["mpp-core"] },
    Layer { name: "mpp-store", may_use: &["mpp-core", "mpp-crypto"] },
    Layer { name: "mpp-connectors", may_use: &["mpp-core", "mpp-crypto", "mpp-transport"] },
    Layer { name: "mpp-api", may_use: &["mpp-core", "mpp-billing", "mpp-transport"] },
    Layer { name: "mpp-staff", may_use: &["mpp-core", "mpp-crypto", "mpp-store"] },
    Layer {
        name: "mpp-services",
        may_use: &["mpp-core", "mpp-billing", "mpp-crypto", "mpp-store", "mpp-connectors"],
    },
    Layer { name: "mpp-private-share", may_use: &["mpp-core", "mpp-crypto", "mpp-transport", "mpp-api"] },
    Layer {
        name: "mpp-sdk",
        may_use: &["mpp-core", "mpp-crypto", "mpp-transport", "mpp-api", "mpp-private-share"],
    },
    Layer { name: "mpp-portal", may_use: &["mpp-core", "mpp-api", "mpp-transport"] },
    Layer {
        name: "mpp-server",
        may_use: &[
            "mpp-core",
            "mpp-billing",
            "mpp-crypto",
            "mpp-store",
            "mpp-transport",
            "mpp-connectors",
            "mpp-api",
            "mpp-services",
            "mpp-staff",
            "mpp-portal",
        ],
    },
    // Never the connectors: one misreading of a specification must not cancel out against itself.
    Layer { name: "mpp-sandbox", may_use: &["mpp-core", "mpp-crypto", "mpp-transport"] },
    Layer {
        name: "mpp",
        may_use: &[
            "mpp-core",
            "mpp-billing",
            "mpp-crypto",
            "mpp-store",
            "mpp-transport",
            "mpp-connectors",
            "mpp-api",
            "mpp-services",
            "mpp-staff",
            "mpp-private-share",
            "mpp-sdk",
            "mpp-portal",
            "mpp-server",
        ],
    },
    Layer { name: "mpp-testkit", may_use: EVERYTHING_THAT_SHIPS },
    Layer { name: "mpp-demo", may_use: EVERYTHING_THAT_SHIPS },
    Layer { name: "xtask", may_use: &[] },
];

/// What the demo and the test kit may build on; neither may be built on itself.
const EVERYTHING_THAT_SHIPS: &[&str] = &[
    "mpp",
    "mpp-core",
    "mpp-billing",
    "mpp-crypto",
    "mpp-store",
    "mpp-transport",
    "mpp-connectors",
    "mpp-api",
    "mpp-services",
    "mpp-staff",
    "mpp-private-share",
    "mpp-sdk",
    "mpp-portal",
    "mpp-server",
    "mpp-sandbox",
];

/// What a package under `examples/` may use: what somebody who embeds MPP has.
pub(super) const EXAMPLES_MAY_USE: &[&str] =
    &["mpp", "mpp-core", "mpp-crypto", "mpp-transport", "mpp-api", "mpp-private-share", "mpp-sdk"];

/// The crate that every crate's tests may use, and nothing else.
pub(super) const TEST_KIT: &str = "mpp-testkit";

/// The edges that tests need beyond their crate's own layer and the test kit.
pub(super) const FOR_TESTS: &[ForTests] = &[
    ForTests {
        name: "mpp",
        may_use: "mpp-sandbox",
        reason: "the end-to-end tests and examples need the world outside: an aggregator, banks, a bureau",
    },
    ForTests {
        name: "mpp",
        may_use: "mpp-demo",
        reason: "the end-to-end tests walk in the demo's world, in one process and in many",
    },
    ForTests {
        name: "mpp-connectors",
        may_use: "mpp-sandbox",
        reason: "the connectors' contract suites run against the sandbox, which was written without them",
    },
];

/// The edges that may enable only some features.
pub(super) const ONLY_FEATURES: &[OnlyFeatures] = &[
    OnlyFeatures { name: "mpp-private-share", on: "mpp-api", features: &["private-share"] },
    OnlyFeatures { name: "mpp-sdk", on: "mpp-api", features: &["central"] },
];

/// What must not reach inward from outside.
pub(super) const BARRED: &[Barred] = &[
    Barred {
        name: "mpp-core",
        packages: &["tokio", "reqwest", "hyper", "axum", "sqlx", "sled", "object_store", "getrandom", "rand"],
        reason: "the model does no input or output and knows no clock and no randomness",
    },
    Barred {
        name: "mpp-billing",
        packages: &["tokio", "reqwest", "hyper", "axum", "sqlx", "sled", "object_store", "getrandom", "rand"],
        reason: "closing a month again must give the same bill: no input or output, no clock, no randomness",
    },
    Barred {
        name: "mpp-services",
        packages: &["reqwest", "hyper", "axum", "sqlx", "sled"],
        reason: "role logic knows neither HTTP nor SQL",
    },
    Barred {
        name: "mpp-connectors",
        packages: &["reqwest", "hyper"],
        reason: "connectors are given a transport and never make one",
    },
];
