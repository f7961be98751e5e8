//! Whether a data folder is whole.

use mpp_core::ParcelId;
use mpp_store::found_by;
use serde::Serialize;

use super::StoreFailure;
use super::kinds::known_kinds;
use super::place::Place;
use super::stored::{Standing, standings};
use crate::operator::output::Output;

/// What `check` found. The lists are empty when all is well.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    schema: i64,
    known_schema: i64,
    faults: Vec<String>,
    /// By kind.
    records: std::collections::BTreeMap<String, u64>,
    jobs: u64,
    parked_jobs: u64,
    audit_leaves: u64,
    usage_entries: u64,
    /// Parcels with bytes.
    parcels: usize,
    /// On record as whole, without bytes.
    without_bytes: Vec<ParcelId>,
    /// With bytes, without a key: nobody can read them.
    without_key: Vec<ParcelId>,
    /// With bytes, without a record: the server's sweep removes them.
    without_record: Vec<ParcelId>,
}

impl Checked {
    fn problems(&self) -> usize {
        let lists = [&self.without_bytes, &self.without_key, &self.without_record];
        self.faults.len().saturating_add(lists.iter().map(|list| list.len()).sum())
    }

    fn lines(&self) -> Vec<(&str, String)> {
        let mut lines = vec![("schema", format!("{} (this program: {})", self.schema, self.known_schema))];
        lines.extend([
            ("records", self.records.values().sum::<u64>().to_string()),
            ("jobs", format!("{} ({} parked)", self.jobs, self.parked_jobs)),
            ("audit leaves", self.audit_leaves.to_string()),
            ("metered uses", self.usage_entries.to_string()),
            ("parcels", self.parcels.to_string()),
        ]);
        lines.extend(self.faults.iter().map(|fault| ("FAULT", fault.clone())));
        let lists = [
            ("WITHOUT BYTES", &self.without_bytes),
            ("WITHOUT KEY", &self.without_key),
            ("WITHOUT RECORD", &self.without_record),
        ];
        for (name, parcels) in lists {
            lines.extend(parcels.iter().map(|parcel| (name, parcel.to_string())));
        }
        lines
    }
}

pub(super) async fn run(place: &Place, output: &mut Output<'_>) -> Result<(), StoreFailure> {
    let (found, known_schema) = place.look().await?;
    let mut checked = Checked {
        schema: found.schema,
        known_schema,
        faults: found.faults,
        records: found.records.into_iter().collect(),
        jobs: found.jobs,
        parked_jobs: found.parked_jobs,
        audit_leaves: found.audit_leaves,
        usage_entries: found.usage_entries,
        parcels: 0,
        without_bytes: Vec::new(),
        without_key: Vec::new(),
        without_record: Vec::new(),
    };
    if checked.faults.is_empty() {
        compare(place, &mut checked).await?;
    }
    output.one(&checked, &checked.lines()).map_err(StoreFailure::output)?;
    match checked.problems() {
        0 => Ok(()),
        problems => Err(StoreFailure::Found { found: format!("{problems} problems") }),
    }
}

/// Bytes are listed before the records are read, so that a parcel that comes in meanwhile is not taken for one without a
/// record.
async fn compare(place: &Place, checked: &mut Checked) -> Result<(), StoreFailure> {
    let bytes = place.parcel_files().await?.stored;
    let records = place.records().await?;
    let found = found_by(records.snapshots(), &known_kinds()).await;
    let standings = standings(records.store()).await;
    records.close().await;
    checked.faults.extend(found?.faults());
    let standings = standings?;
    let keys = place.data().key_files()?.items;
    checked.parcels = bytes.len();
    checked.without_key = bytes.iter().filter(|id| !keys.contains_key(id)).copied().collect();
    checked.without_record = bytes.iter().filter(|id| !standings.contains_key(id)).copied().collect();
    let whole = standings.iter().filter(|(_, standing)| **standing == Standing::Whole);
    // looked for again: a parcel that came in between is there now
    let now = place.parcel_files().await?.stored;
    checked.without_bytes = whole.map(|(id, _)| *id).filter(|id| !now.contains(id)).collect();
    Ok(())
}
