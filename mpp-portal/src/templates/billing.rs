//! What the pages on prices and bills hold.

use crate::view::Table;

/// Which month is to be closed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct CloseForm {
    pub(crate) once: String,
    pub(crate) partner: String,
    pub(crate) month: String,
}

/// Where bills go.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct AddressForm {
    pub(crate) once: String,
    pub(crate) lines: String,
    pub(crate) standing: String,
}

/// One side of a bill.
#[derive(Debug, Clone)]
pub(crate) struct PartyBlock {
    pub(crate) name: String,
    pub(crate) lines: Vec<String>,
    pub(crate) gstin: String,
    pub(crate) state: String,
}

/// A line that can be credited.
#[derive(Debug, Clone)]
pub(crate) struct CreditLine {
    pub(crate) serial: u32,
    pub(crate) description: String,
    pub(crate) quantity: u64,
    pub(crate) unit_price: String,
}

/// What was written into the form for a price plan.
#[derive(Debug, Clone)]
pub(crate) struct PlanFields {
    pub(crate) once: String,
    pub(crate) plan: String,
    pub(crate) partner: String,
    pub(crate) valid_from: String,
    pub(crate) valid_until: String,
    pub(crate) sac: String,
    pub(crate) tax: String,
    pub(crate) rows: Vec<PlanRow>,
    pub(crate) fee_name: String,
    pub(crate) fee: String,
    pub(crate) minimum: String,
    pub(crate) minimum_with_fees: bool,
}

/// The price of one thing that is counted.
#[derive(Debug, Clone)]
pub(crate) struct PlanRow {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) price: String,
    pub(crate) slabs: String,
    pub(crate) volume: bool,
}

/// Which logs are to be compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReconcileForm {
    pub(crate) month: String,
    pub(crate) partner: String,
    pub(crate) source: String,
}

/// Two logs side by side.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) title: String,
    pub(crate) figures: Vec<(String, String)>,
    pub(crate) tables: Vec<Table>,
    /// That a list is cut short, where one is.
    pub(crate) cut: Option<String>,
}

/// How a partner's signed log stands to the uses a bill rests on.
#[derive(Debug, Clone)]
pub(crate) struct LogSummary {
    pub(crate) href: String,
    pub(crate) agrees: bool,
    pub(crate) figures: Vec<(String, String)>,
}
