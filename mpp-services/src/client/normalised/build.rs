//! Builds one element's value.

use mpp_core::Timestamp;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart};
use serde_json::{Map, Value};

use super::NotNormalisable;
use super::names::camel_case;
use super::tables::{Occurs, list_in, occurrence};

const TEXT_MEMBER: &str = "value";

/// An element as far as it has been read.
pub(super) struct Element {
    name: String,
    members: Map<String, Value>,
    text: String,
}

impl Element {
    pub(super) fn of(start: &BytesStart<'_>) -> Result<Self, NotNormalisable> {
        let name = camel_case(start.local_name().into_inner());
        let mut members = Map::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| NotNormalisable::Malformed)?;
            let written = attribute.key.into_inner();
            if is_machinery(written) {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|_| NotNormalisable::Malformed)?;
            let member = camel_case(attribute.key.local_name().into_inner());
            insert_once(&mut members, member, Value::String(value.into_owned()))?;
        }
        let twins: Vec<(String, Value)> =
            members.iter().filter_map(|(name, value)| twin(name, value)).collect();
        for (name, value) in twins {
            members.entry(name).or_insert(value);
        }
        Ok(Self { name, members, text: String::new() })
    }

    /// Takes a finished child.
    pub(super) fn take(&mut self, child: Self) -> Result<(), NotNormalisable> {
        let occurs = occurrence(&child.name);
        let (name, value) = child.into_member()?;
        match occurs {
            Occurs::OnceAsStructure | Occurs::OnceAsText => insert_once(&mut self.members, name, value),
            Occurs::Repeatedly => {
                match self.members.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(occurrences) => {
                        occurrences.push(value);
                        Ok(())
                    }
                    // an attribute of the same name
                    _ => Err(NotNormalisable::Repeated),
                }
            }
        }
    }

    pub(super) fn take_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The element as a member of its parent.
    pub(super) fn into_member(mut self) -> Result<(String, Value), NotNormalisable> {
        let occurs = occurrence(&self.name);
        if let Some(list) = list_in(&self.name) {
            self.members.entry(list).or_insert_with(|| Value::Array(Vec::new()));
        }
        let text = self.text.trim().to_owned();
        if self.members.is_empty() && occurs != Occurs::OnceAsStructure {
            return Ok((self.name, Value::String(text)));
        }
        if !text.is_empty() {
            insert_once(&mut self.members, TEXT_MEMBER.to_owned(), Value::String(text))?;
        }
        Ok((self.name, Value::Object(self.members)))
    }
}

/// The attribute of an element that has one of the wanted names, in the order wanted.
pub(super) fn attribute(start: &BytesStart<'_>, wanted: &[&str]) -> Option<String> {
    let attributes: Vec<_> = start.attributes().filter_map(Result::ok).collect();
    wanted.iter().find_map(|name| {
        let found = attributes.iter().find(|attribute| attribute.key.into_inner() == *name)?;
        found.normalized_value(XmlVersion::Explicit1_0).ok().map(std::borrow::Cow::into_owned)
    })
}

/// The character a reference in text stands for.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Result<char, NotNormalisable> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| NotNormalisable::Malformed)? {
        return Ok(character);
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(NotNormalisable::DocumentType),
    }
}

/// A document that says it is in another encoding is not the UTF-8 it was read as.
pub(super) fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), NotNormalisable> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii") => {
            Ok(())
        }
        Some(_) => Err(NotNormalisable::Encoding),
    }
}

fn is_machinery(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xsi:") || name.starts_with("xml:")
}

fn insert_once(members: &mut Map<String, Value>, name: String, value: Value) -> Result<(), NotNormalisable> {
    match members.entry(name) {
        serde_json::map::Entry::Vacant(place) => {
            place.insert(value);
            Ok(())
        }
        serde_json::map::Entry::Occupied(_) => Err(NotNormalisable::Repeated),
    }
}

/// The same instant in UTC, for a date-time that says its offset.
fn twin(name: &str, value: &Value) -> Option<(String, Value)> {
    let instant: Timestamp = value.as_str()?.parse().ok()?;
    Some((format!("{name}Utc"), Value::String(instant.to_string())))
}
