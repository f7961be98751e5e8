//! What an operator is told of a store.

/// What is in a store, and whether it agrees with itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// The last migration, or the format, it carries; 0 when it has no tables.
    pub schema: i64,
    /// What is wrong with it; empty when it is whole. Where the database itself is damaged nothing is counted.
    pub faults: Vec<String>,
    /// How many records there are of every kind, by its name.
    pub records: Vec<(String, u64)>,
    /// How many jobs there are, parked ones too.
    pub jobs: u64,
    /// How many of them are parked.
    pub parked_jobs: u64,
    /// How many leaves the audit log has.
    pub audit_leaves: u64,
    /// How many metered uses there are.
    pub usage_entries: u64,
}

#[cfg(any(feature = "postgres", feature = "sled", feature = "sqlite"))]
impl Inspection {
    /// Notes a fault that so many things have.
    pub(crate) fn fault(&mut self, how_many: u64, what: &str) {
        if how_many > 0 {
            self.faults.push(format!("{how_many} {what}"));
        }
    }
}
