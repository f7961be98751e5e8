//! One pass over the XML, borrowing from the document.

use mpp_core::ConsentType;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::root::Root;
use super::when::{self, AllowedDays};
use super::{DEEPEST_NESTING, DocumentFacts, DocumentFault, ExpectedDocument, MOST_ATTRIBUTES};

/// Attributes that may stand in a section that was not consented: they say nothing about the customer.
const EMPTY_FRAME: [&str; 5] = ["type", "startDate", "endDate", "strdt", "endt"];

pub(super) fn walk(text: &str, expected: &ExpectedDocument<'_>) -> Result<DocumentFacts, DocumentFault> {
    let mut reader = Reader::from_str(text);
    let mut walk = Walk {
        expected,
        days: AllowedDays::of(expected.range),
        depth: 0,
        place: Place::Before,
        section: None,
        root: Root::default(),
        transactions: 0,
        undated: 0,
    };
    loop {
        match reader.read_event().map_err(|_| DocumentFault::NotWellFormed)? {
            Event::Eof => return walk.finish(),
            event => walk.take(&event)?,
        }
    }
}

/// Where the walk is, relative to the root element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Within,
    After,
}

struct Walk<'e> {
    expected: &'e ExpectedDocument<'e>,
    days: AllowedDays,
    depth: usize,
    place: Place,
    section: Option<ConsentType>,
    root: Root,
    transactions: u64,
    undated: u64,
}

impl Walk<'_> {
    fn take(&mut self, event: &Event<'_>) -> Result<(), DocumentFault> {
        match event {
            Event::Start(element) => {
                self.element(element)?;
                self.depth = self.depth.saturating_add(1);
                Ok(())
            }
            Event::Empty(element) => {
                self.element(element)?;
                self.closed(self.depth);
                Ok(())
            }
            Event::End(_) => {
                self.depth = self.depth.checked_sub(1).ok_or(DocumentFault::NotWellFormed)?;
                self.closed(self.depth);
                Ok(())
            }
            Event::Text(text) => self.text(text),
            Event::CData(text) => self.text(text),
            Event::GeneralRef(reference) => self.reference(reference),
            Event::Decl(declaration) => self.declaration(declaration),
            Event::DocType(_) => Err(DocumentFault::Definitions),
            Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn element(&mut self, element: &BytesStart<'_>) -> Result<(), DocumentFault> {
        if self.depth >= DEEPEST_NESTING {
            return Err(DocumentFault::TooComplex);
        }
        let name = element.local_name();
        match self.depth {
            0 if self.place != Place::Before => return Err(DocumentFault::NotWellFormed),
            0 if name.into_inner() != "Account" => return Err(DocumentFault::NotAnAccount),
            0 => self.place = Place::Within,
            1 => self.section = section(element.local_name().into_inner()),
            _ => {}
        }
        self.attributes(element)?;
        if self.depth == 0 { self.root.check(self.expected) } else { Ok(()) }
    }

    fn attributes(&mut self, element: &BytesStart<'_>) -> Result<(), DocumentFault> {
        let mut when: [Option<String>; when::DAYS.len()] = Default::default();
        for (count, attribute) in element.attributes().enumerate() {
            if count >= MOST_ATTRIBUTES {
                return Err(DocumentFault::TooComplex);
            }
            let attribute = attribute.map_err(|_| DocumentFault::NotWellFormed)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|_| DocumentFault::Definitions)?;
            if attribute.value.contains('<') {
                return Err(DocumentFault::NotWellFormed);
            }
            let name = attribute.key.local_name().into_inner();
            if self.depth == 0 {
                self.root.note(attribute.key.into_inner(), &value);
            } else if !EMPTY_FRAME.contains(&name) && !value.trim().is_empty() {
                self.content()?;
            }
            let at = when::DAYS.iter().position(|day| *day == name);
            if let Some(slot) = at.and_then(|at| when.get_mut(at)) {
                *slot = Some(value.into_owned());
            }
        }
        self.transaction(element.local_name().into_inner(), when)
    }

    /// Counts a transaction and compares its day with the range.
    fn transaction(
        &mut self,
        name: &str,
        when: [Option<String>; when::DAYS.len()],
    ) -> Result<(), DocumentFault> {
        if self.section != Some(ConsentType::Transactions) || self.depth < 2 {
            return Ok(());
        }
        let day = when.into_iter().flatten().find_map(|text| when::day(&text));
        match day {
            Some(day) if !self.days.contain(day) => return Err(DocumentFault::OutsideRange),
            Some(_) => {}
            None if name == "Transaction" => self.undated = self.undated.saturating_add(1),
            None => return Ok(()),
        }
        self.transactions = self.transactions.saturating_add(1);
        Ok(())
    }

    /// Something that says something was found: it must be in a consented section.
    fn content(&self) -> Result<(), DocumentFault> {
        match self.section {
            Some(part) if !self.expected.consent_types.contains(&part) => {
                Err(DocumentFault::NotConsented(part))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn text(&self, text: &str) -> Result<(), DocumentFault> {
        if text.chars().all(|sign| matches!(sign, ' ' | '\t' | '\r' | '\n')) {
            return Ok(());
        }
        if self.place == Place::Within { self.content() } else { Err(DocumentFault::NotWellFormed) }
    }

    fn reference(&self, reference: &BytesRef<'_>) -> Result<(), DocumentFault> {
        if self.place != Place::Within {
            return Err(DocumentFault::NotWellFormed);
        }
        let named = || resolve_predefined_entity(reference).is_some();
        let character = reference.resolve_char_ref().map_err(|_| DocumentFault::NotWellFormed)?;
        if character.is_some() || named() { self.content() } else { Err(DocumentFault::Definitions) }
    }

    fn declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), DocumentFault> {
        if self.place != Place::Before {
            return Err(DocumentFault::NotWellFormed);
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
            Some(Ok(_)) => Err(DocumentFault::NotUtf8),
            Some(Err(_)) => Err(DocumentFault::NotWellFormed),
        }
    }

    fn closed(&mut self, depth: usize) {
        match depth {
            0 => self.place = Place::After,
            1 => self.section = None,
            _ => {}
        }
    }

    fn finish(self) -> Result<DocumentFacts, DocumentFault> {
        if self.place != Place::After {
            return Err(DocumentFault::NotWellFormed);
        }
        let Self { root, transactions, undated, .. } = self;
        Ok(DocumentFacts { schema_version: root.into_version(), transactions, undated })
    }
}

fn section(name: &str) -> Option<ConsentType> {
    match name {
        "Profile" => Some(ConsentType::Profile),
        "Summary" => Some(ConsentType::Summary),
        "Transactions" => Some(ConsentType::Transactions),
        _ => None,
    }
}
