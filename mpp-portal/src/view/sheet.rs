//! Pages that are a list: filters, a table, and the way to the next part.

use super::Cell;

/// A choice of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// How a filter is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilterKind {
    /// By writing.
    Text(String),
    /// By a day.
    Day(String),
    /// By choosing.
    Choices(Vec<Choice>),
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) kind: FilterKind,
}

impl Filter {
    pub(crate) fn text(name: &'static str, label: &str, value: Option<&str>) -> Self {
        Self { name, label: label.to_owned(), kind: FilterKind::Text(value.unwrap_or_default().to_owned()) }
    }

    pub(crate) fn day(name: &'static str, label: &str, value: Option<&str>) -> Self {
        Self { name, label: label.to_owned(), kind: FilterKind::Day(value.unwrap_or_default().to_owned()) }
    }

    pub(crate) fn choices(
        name: &'static str,
        label: &str,
        chosen: Option<&str>,
        of: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let choice = |(value, label): (String, String)| {
            let chosen = chosen == Some(value.as_str());
            Choice { value, label, chosen }
        };
        Self {
            name,
            label: label.to_owned(),
            kind: FilterKind::Choices(of.into_iter().map(choice).collect()),
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// What it is, for those who do not see it.
    pub(crate) caption: String,
    /// The names of the columns.
    pub(crate) columns: Vec<String>,
    /// The rows; each has a cell for every column.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What is said in place of no rows.
    pub(crate) empty: String,
}

impl Table {
    /// Whether a column holds numbers, which are set to the right with their heading.
    pub(crate) fn has_numbers(&self, column: &usize) -> bool {
        self.rows.first().and_then(|row| row.get(*column)).is_some_and(Cell::is_number)
    }
}

/// Where the rows of a list are as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) csv: String,
    pub(crate) xlsx: String,
}

impl Files {
    /// The files beside the page at this address, with its filters.
    pub(crate) fn beside(address: &str) -> Self {
        let (path, filters) = address.find('?').map_or((address, ""), |at| address.split_at(at));
        let file = |ending: &str| format!("{path}.{ending}{filters}");
        Self { csv: file("csv"), xlsx: file("xlsx") }
    }
}

/// A page that is a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// What the list is for.
    pub(crate) lead: String,
    /// Where the filters lead.
    pub(crate) here: &'static str,
    /// The filters.
    pub(crate) filters: Vec<Filter>,
    /// The table.
    pub(crate) table: Table,
    /// Where the next part is.
    pub(crate) next: Option<String>,
    /// Where the same rows are as files.
    pub(crate) export: Option<Files>,
    /// Where something is added, and how that is called.
    pub(crate) add: Option<(String, String)>,
}
