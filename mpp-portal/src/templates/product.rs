//! What stands on the pages of products: how a customer sees one, its form, and two versions beside each other.

use crate::view::{Field, Step as FormStep};

/// An item of a product as the customer will see it.
#[derive(Debug, Clone)]
pub(crate) struct SeenItem {
    pub(crate) title: String,
    pub(crate) source: String,
    pub(crate) data: Vec<String>,
    pub(crate) terms: Vec<(String, String)>,
}

/// A notice in one language.
#[derive(Debug, Clone)]
pub(crate) struct SeenNotice {
    pub(crate) language: String,
    pub(crate) texts: Vec<String>,
}

/// A product as the customer will see it.
#[derive(Debug, Clone)]
pub(crate) struct Preview {
    pub(crate) items: Vec<SeenItem>,
    pub(crate) notices: Vec<SeenNotice>,
}

/// An item of a product in the form.
#[derive(Debug, Clone)]
pub(crate) struct ItemForm {
    /// Which item, from 1.
    pub(crate) number: usize,
    pub(crate) anchor: String,
    pub(crate) what: Vec<Field>,
    pub(crate) terms: Vec<Field>,
    pub(crate) kinds: Vec<Field>,
    /// The filters of its transactions, each with what takes it away.
    pub(crate) filters: Vec<(Field, FormStep)>,
    pub(crate) add_filter: FormStep,
    pub(crate) drop: FormStep,
}

/// A notice in one language in the form.
#[derive(Debug, Clone)]
pub(crate) struct NoticeForm {
    pub(crate) anchor: String,
    pub(crate) title: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) drop: FormStep,
}

/// What somebody else kept while a form was being filled in.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    /// Who kept which version.
    pub(crate) lead: String,
    pub(crate) columns: Vec<String>,
    pub(crate) changed: Vec<ChangeGroup>,
}

/// What changed of one item, or of the notice in one language.
#[derive(Debug, Clone)]
pub(crate) struct ChangeGroup {
    pub(crate) title: String,
    pub(crate) rows: Vec<ChangeRow>,
}

/// One thing two versions say.
#[derive(Debug, Clone)]
pub(crate) struct ChangeRow {
    pub(crate) label: String,
    /// Added, removed, changed or the same, in words.
    pub(crate) what: String,
    pub(crate) tone: &'static str,
    pub(crate) differs: bool,
    pub(crate) before: Vec<Piece>,
    pub(crate) after: Vec<Piece>,
}

/// One of several things a version says in one place.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether the other version does not say it.
    pub(crate) only_here: bool,
}
