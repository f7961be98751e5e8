//! Normalised JSON: one deterministic mapping of the documents of financial information (fi-schemas.md §11).
//!
//! - The root element and every element and attribute below it become members, named in camel case by their local
//!   name; namespaces and their declarations, `xsi:` attributes and comments are left out.
//! - An element is always an array of its occurrences, also when it occurs once, unless its schema allows it once
//!   only (the list in `tables`): then it is the value itself, and a document that repeats it is refused rather than cut.
//! - The lists the schemas know (`holders`, `transactions`, ...) always have their array, empty where nothing occurs.
//! - Every value is the string that stands in the document: amounts are never turned into numbers.
//! - A date-time with an offset stays as it is and gets a twin in UTC beside it, named with the ending `Utc`.
//! - An element with text beside attributes or elements keeps its text as member `value`.
//!
//! Document types, entities of their own and encodings other than UTF-8 are refused; nothing outside is ever fetched.

mod build;
mod names;
mod tables;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use build::Element;

/// Documents nested deeper are refused: the schemas need nine levels.
const MAX_DEPTH: usize = 64;

/// A document has no normalised form. The reason never repeats what stands in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNormalisable {
    /// The text is not UTF-8.
    #[error("the document is not UTF-8 text")]
    Encoding,
    /// The text is not well-formed XML.
    #[error("the document is not well-formed")]
    Malformed,
    /// It declares a document type or uses entities of its own.
    #[error("the document has a document type or entities of its own")]
    DocumentType,
    /// It is nested too deeply.
    #[error("the document is nested too deeply")]
    TooDeep,
    /// Something the schema allows once occurs twice, or two names become one.
    #[error("the document repeats what may occur once")]
    Repeated,
    /// Its media type is neither XML nor JSON.
    #[error("documents of this media type have no normalised form")]
    MediaType,
    /// It is larger than what is normalised.
    #[error("the document is too large to be normalised")]
    TooLarge,
}

/// The normalised form of an XML document.
///
/// # Errors
/// See [`NotNormalisable`].
pub fn normalise_xml(document: &[u8]) -> Result<Value, NotNormalisable> {
    let text = std::str::from_utf8(document).map_err(|_| NotNormalisable::Encoding)?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<(String, Value)> = None;
    loop {
        match reader.read_event().map_err(|_| NotNormalisable::Malformed)? {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(NotNormalisable::TooDeep);
                }
                if open.is_empty() && root.is_some() {
                    return Err(NotNormalisable::Malformed);
                }
                open.push(Element::of(&start)?);
            }
            Event::End(_) => close(&mut open, &mut root)?,
            Event::Text(text) => take_text(&mut open, &text.xml10_content())?,
            Event::CData(text) => take_text(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = build::resolve(&reference)?;
                take_text(&mut open, character.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err(NotNormalisable::DocumentType),
            Event::Decl(declaration) => build::check_declaration(&declaration)?,
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
    if !open.is_empty() {
        return Err(NotNormalisable::Malformed);
    }
    let (name, value) = root.ok_or(NotNormalisable::Malformed)?;
    Ok(Value::Object(Map::from_iter([(name, value)])))
}

/// The attributes of the root element, by their names in the document; for labels.
pub(super) fn root_attribute(beginning: &[u8], wanted: &[&str]) -> Option<String> {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // the beginning may end within a character
        Err(error) => std::str::from_utf8(beginning.get(..error.valid_up_to())?).ok()?,
    };
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => return build::attribute(&start, wanted),
            Event::Eof | Event::DocType(_) => return None,
            _ => {}
        }
    }
}

fn close(open: &mut Vec<Element>, root: &mut Option<(String, Value)>) -> Result<(), NotNormalisable> {
    let closed = open.pop().ok_or(NotNormalisable::Malformed)?;
    match open.last_mut() {
        Some(parent) => parent.take(closed),
        None => {
            *root = Some(closed.into_member()?);
            Ok(())
        }
    }
}

fn take_text(open: &mut [Element], text: &str) -> Result<(), NotNormalisable> {
    match open.last_mut() {
        Some(element) => {
            element.take_text(text);
            Ok(())
        }
        None if text.trim().is_empty() => Ok(()),
        None => Err(NotNormalisable::Malformed),
    }
}

#[cfg(test)]
mod tests;
