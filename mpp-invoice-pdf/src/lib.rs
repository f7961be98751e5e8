#![doc = include_str!("../README.md")]

mod printed;
mod typesetting;

use mpp_billing::BillDocument;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use printed::PrintedBill;
use typesetting::BillWorld;

/// Why there is no PDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// None of the fonts has a character. A document with a blank in the place of a name would be worse than none.
    #[error("no font here has the character U+{:04X}", code_of(.0))]
    NoGlyph(char),
    /// The template does not fit the data: a mistake in this crate.
    #[error("the invoice template failed: {0}")]
    Template(String),
}

fn code_of(character: &char) -> u32 {
    u32::from(*character)
}

impl RenderError {
    /// The same document will always fail.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

/// The document as PDF. The same document gives the same bytes; its date is the document's, at midnight.
///
/// # Errors
/// When a text has a character that no font here has.
pub fn render(document: &BillDocument) -> Result<Vec<u8>, RenderError> {
    let printed = PrintedBill::of(document);
    let missing = printed.foreign_texts().flat_map(str::chars).find(|c| !typesetting::can_print(*c));
    if let Some(character) = missing {
        return Err(RenderError::NoGlyph(character));
    }
    let data = serde_json::to_vec(&printed).map_err(|error| RenderError::Template(error.to_string()))?;
    let world = BillWorld::new(data)?;
    let pages = typst::compile::<PagedDocument>(&world).output.map_err(failed)?;
    let pdf = typst_pdf::pdf(&pages, &options(document)).map_err(failed);
    // What the typesetter remembers of documents would grow for ever in a server.
    typst::comemo::evict(1);
    pdf
}

fn options(document: &BillDocument) -> PdfOptions {
    let (date, number) = (document.date, &document.number);
    let [year, month, day] = [i64::from(date.year()), date.month().into(), date.day().into()];
    let small = |value: i64| u8::try_from(value).unwrap_or(1);
    let midnight = i32::try_from(year)
        .ok()
        .and_then(|year| Datetime::from_ymd_hms(year, small(month), small(day), 0, 0, 0));
    PdfOptions {
        ident: Smart::Custom(format!("{} {number}", document.supplier.gstin())),
        creator: Smart::Custom(Some("MPP".to_owned())),
        timestamp: midnight.map(Timestamp::new_utc),
        ..PdfOptions::default()
    }
}

fn failed(errors: impl IntoIterator<Item = typst::diag::SourceDiagnostic>) -> RenderError {
    let messages: Vec<_> = errors.into_iter().map(|error| error.message.to_string()).collect();
    RenderError::Template(messages.join("; "))
}
