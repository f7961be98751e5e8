//! Pages that are a list: filters, a table, and the way to the next part.

use mpp_api::Place;

use super::Cell;
use crate::portal::{PREFIX, Portal};

/// How many rows a page of a list shows: so many that a browser on a slow machine paints it within 100 ms of the click
/// (decision 0067).
pub(crate) const ROWS: Option<u32> = Some(25);
/// How many rows a file asks for at once.
pub(crate) const ROWS_AT_ONCE: Option<u32> = Some(200);

/// The place of a list from which a page shows it.
pub(crate) fn shown(after: Option<&str>) -> Place<'_> {
    Place { after, limit: ROWS }
}

/// The place of a list from which a file goes on.
pub(crate) fn for_file(after: Option<&str>) -> Place<'_> {
    Place { after, limit: ROWS_AT_ONCE }
}

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
    /// By writing, with what it may be at hand.
    Suggested { value: String, suggestions: Vec<String> },
    /// By a day.
    Day(String),
    /// By a month.
    Month(String),
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

    /// Something written that is mostly one of these.
    pub(crate) fn suggested(
        name: &'static str,
        label: &str,
        value: Option<&str>,
        of: impl IntoIterator<Item = String>,
    ) -> Self {
        let value = value.unwrap_or_default().to_owned();
        let suggestions = of.into_iter().collect();
        Self { name, label: label.to_owned(), kind: FilterKind::Suggested { value, suggestions } }
    }

    pub(crate) fn day(name: &'static str, label: &str, value: Option<&str>) -> Self {
        Self { name, label: label.to_owned(), kind: FilterKind::Day(value.unwrap_or_default().to_owned()) }
    }

    pub(crate) fn month(name: &'static str, label: &str, value: Option<&str>) -> Self {
        Self { name, label: label.to_owned(), kind: FilterKind::Month(value.unwrap_or_default().to_owned()) }
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

impl Filter {
    /// What it is set to.
    fn value(&self) -> Option<&str> {
        let value = match &self.kind {
            FilterKind::Text(value) | FilterKind::Day(value) | FilterKind::Month(value) => value.as_str(),
            FilterKind::Suggested { value, .. } => value.as_str(),
            FilterKind::Choices(choices) => choices.iter().find(|choice| choice.chosen)?.value.as_str(),
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// What it is set to, in words; nothing when it is not.
    pub(crate) fn in_words(&self) -> Option<String> {
        let value = self.value()?;
        let said = match &self.kind {
            FilterKind::Choices(choices) => choices.iter().find(|choice| choice.chosen)?.label.as_str(),
            _ => value,
        };
        Some(format!("{}: {said}", self.label))
    }
}

/// What filters are set to, in words; empty when nothing is filtered.
pub(crate) fn narrowed(filters: &[Filter]) -> String {
    let set: Vec<String> = filters.iter().filter_map(Filter::in_words).collect();
    set.join(" · ")
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

/// Which rows can be had as a file, as the form for it says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    /// The list, as [`crate::export::List`] knows it.
    pub(crate) list: String,
    /// The filter as a query.
    pub(crate) query: String,
    /// Under which one file is made of it at a time.
    pub(crate) once: String,
}

impl Files {
    /// Files of the list at this address, with its filters.
    pub(crate) fn of(portal: &Portal, address: &str) -> Self {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let list = path.strip_prefix(PREFIX).unwrap_or(path).to_owned();
        Self { list, query: query.to_owned(), once: portal.once() }
    }
}

/// A filter that is kept under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) href: String,
    /// Whether it is the present one.
    pub(crate) here: bool,
}

/// The filters of a list that somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Views {
    /// The page within the portal.
    pub(crate) page: String,
    /// The present filter; empty when nothing is filtered.
    pub(crate) query: String,
    pub(crate) own: Vec<View>,
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
    /// The filters of this list that the person keeps, once they were read.
    pub(crate) views: Option<Views>,
    /// Where something is added, and how that is called.
    pub(crate) add: Option<(String, String)>,
}

impl Sheet {
    /// What the filters are set to, in words, for paper, where their fields are not.
    pub(crate) fn narrowed(&self) -> String {
        narrowed(&self.filters)
    }

    /// The present filter as a query; empty when nothing is filtered.
    pub(crate) fn query(&self) -> String {
        let set = self.filters.iter().filter_map(|filter| Some((filter.name, filter.value()?)));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(set).finish()
    }
}
