//! The edges that the manifests declare, held against the table.

use std::collections::BTreeSet;
use std::fmt;

use cargo_metadata::{Dependency, DependencyKind, Metadata, Package};

use super::table::{BARRED, EXAMPLES_MAY_USE, FOR_TESTS, LAYERS, ONLY_FEATURES, OnlyFeatures, TEST_KIT};

/// One thing in a manifest that the table does not allow.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A crate that the table does not know.
    UnknownCrate {
        /// Its name.
        name: String,
    },
    /// An edge between two of our crates.
    Edge {
        /// The depending crate.
        from: String,
        /// The crate depended on.
        to: String,
        /// In which section of the manifest it stands.
        section: Section,
        /// What that crate may use in that section.
        allowed: Vec<&'static str>,
    },
    /// An allowed edge that turns on a feature which it must not.
    Feature {
        /// The depending crate.
        from: String,
        /// The crate depended on.
        to: String,
        /// The feature that must stay off.
        feature: String,
    },
    /// A package from outside that the crate must do without.
    Barred {
        /// The crate of ours.
        from: String,
        /// The package.
        package: String,
        /// What would be lost.
        reason: &'static str,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::UnknownCrate { name } => {
                write!(out, "{name} has no row in the table (xtask/src/layers/table.rs)")
            }
            Fault::Edge { from, to, section, allowed } => {
                write!(out, "{from} -> {to} is not allowed in {section}; {from} may use there: ")?;
                out.write_str(&if allowed.is_empty() {
                    "nothing of ours".to_owned()
                } else {
                    allowed.join(", ")
                })
            }
            Fault::Feature { from, to, feature } => {
                write!(out, "{from} -> {to} must not enable the feature `{feature}`")
            }
            Fault::Barred { from, package, reason } => {
                write!(out, "{from} -> {package} is not allowed: {reason}")
            }
        }
    }
}

/// The sections of a manifest that declare dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// `[dependencies]` and `[build-dependencies]`: what ships.
    Shipped,
    /// `[dev-dependencies]`: tests, examples and benchmarks.
    Tests,
}

impl Section {
    /// The section in which `dependency` stands.
    pub(super) fn of(dependency: &Dependency) -> Section {
        match dependency.kind {
            DependencyKind::Development => Section::Tests,
            DependencyKind::Normal | DependencyKind::Build | DependencyKind::Unknown => Section::Shipped,
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Section::Shipped => "[dependencies]",
            Section::Tests => "[dev-dependencies]",
        })
    }
}

/// Everything in the manifests that the table does not allow, in the order of the workspace.
pub(super) fn faults(metadata: &Metadata) -> Vec<Fault> {
    metadata.packages.iter().flat_map(|package| package_faults(metadata, package)).collect()
}

/// What is wrong with the dependencies of one crate.
fn package_faults(metadata: &Metadata, package: &Package) -> Vec<Fault> {
    let name = package.name.as_str();
    let Some(shipped) = shipped_allowance(metadata, package) else {
        return vec![Fault::UnknownCrate { name: name.to_owned() }];
    };
    let mut faults = Vec::new();
    for dependency in &package.dependencies {
        let section = Section::of(dependency);
        match member(metadata, &dependency.name) {
            Some(target) => {
                faults.extend(edge_fault(name, dependency, &allowance(name, shipped, section)));
                faults.extend(feature_faults(name, target, dependency));
            }
            None => faults.extend(barred_fault(name, dependency)),
        }
    }
    faults
}

/// The member of the workspace with that name.
pub(super) fn member<'m>(metadata: &'m Metadata, name: &str) -> Option<&'m Package> {
    metadata.packages.iter().find(|package| package.name.as_str() == name)
}

/// What ships with `package` may use these of our crates; `None` for a crate without a row.
fn shipped_allowance(metadata: &Metadata, package: &Package) -> Option<&'static [&'static str]> {
    if package.manifest_path.starts_with(metadata.workspace_root.join("examples")) {
        return Some(EXAMPLES_MAY_USE);
    }
    LAYERS.iter().find(|layer| layer.name == package.name.as_str()).map(|layer| layer.may_use)
}

/// What may stand in that section.
fn allowance(name: &str, shipped: &[&'static str], section: Section) -> Vec<&'static str> {
    let mut allowed = shipped.to_vec();
    if section == Section::Tests {
        allowed.push(TEST_KIT);
        allowed.extend(FOR_TESTS.iter().filter(|row| row.name == name).map(|row| row.may_use));
    }
    allowed
}

/// The fault of an edge to one of our crates, if it has one.
fn edge_fault(from: &str, dependency: &Dependency, allowed: &[&'static str]) -> Option<Fault> {
    // A crate may name itself in its tests, to turn on its own features there.
    let to_itself = dependency.name == from && Section::of(dependency) == Section::Tests;
    if to_itself || allowed.contains(&dependency.name.as_str()) {
        return None;
    }
    Some(Fault::Edge {
        from: from.to_owned(),
        to: dependency.name.clone(),
        section: Section::of(dependency),
        allowed: allowed.to_vec(),
    })
}

/// The fault of an edge to a package from outside, if it has one.
fn barred_fault(from: &str, dependency: &Dependency) -> Option<Fault> {
    let barred = BARRED.iter().find(|row| row.name == from)?;
    let ships = Section::of(dependency) == Section::Shipped;
    (ships && barred.packages.contains(&dependency.name.as_str())).then(|| Fault::Barred {
        from: from.to_owned(),
        package: dependency.name.clone(),
        reason: barred.reason,
    })
}

/// The features that this edge turns on in `target` although it must not.
fn feature_faults(from: &str, target: &Package, dependency: &Dependency) -> Vec<Fault> {
    let applies = |row: &&OnlyFeatures| row.name == from && row.on == dependency.name;
    let Some(row) = ONLY_FEATURES.iter().find(applies) else {
        return Vec::new();
    };
    if Section::of(dependency) == Section::Tests {
        return Vec::new();
    }
    let enabled = enabled_features(target, dependency).into_iter();
    let wrong = enabled.filter(|feature| !row.features.contains(&feature.as_str()));
    wrong
        .map(|feature| Fault::Feature { from: from.to_owned(), to: dependency.name.clone(), feature })
        .collect()
}

/// Every feature of `target` that `dependency` turns on, following what features enable in turn. The name
/// `default` itself is left out: what it enables is what counts.
fn enabled_features(target: &Package, dependency: &Dependency) -> BTreeSet<String> {
    let mut waiting: Vec<String> = dependency.features.clone();
    if dependency.uses_default_features {
        waiting.push("default".to_owned());
    }
    let mut enabled = BTreeSet::new();
    while let Some(feature) = waiting.pop() {
        if let Some(enables) = target.features.get(&feature)
            && enabled.insert(feature)
        {
            waiting.extend(enables.iter().cloned());
        }
    }
    enabled.remove("default");
    enabled
}
