//! As much of structured fields (RFC 9651) as signatures need: dictionaries of inner lists of strings, and of byte
//! sequences.

use std::fmt;

use crate::primitives::base64;

/// Longer values are refused unread.
const MAX_VALUE: usize = 8192;
/// Integers have at most 15 digits.
const MAX_DIGITS: usize = 15;

/// A value without parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BareItem {
    Text(String),
    Token(String),
    Integer(i64),
    Bytes(Vec<u8>),
    Boolean(bool),
}

impl fmt::Display for BareItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Token(token) => f.write_str(token),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => write!(f, ":{}:", base64::encode_standard(bytes)),
            Self::Boolean(value) => f.write_str(if *value { "?1" } else { "?0" }),
        }
    }
}

/// A named value behind a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: BareItem,
}

impl Parameter {
    pub(super) fn new(name: &str, value: BareItem) -> Self {
        Self { name: name.to_owned(), value }
    }
}

/// A string of an inner list, with parameters of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) parameters: Vec<Parameter>,
}

impl Item {
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), parameters: Vec::new() }
    }

    /// Whether this is the text alone, without parameters.
    pub(super) fn is_plain(&self, text: &str) -> bool {
        self.text == text && self.parameters.is_empty()
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", BareItem::Text(self.text.clone()))?;
        write_parameters(f, &self.parameters)
    }
}

/// An inner list of strings with parameters behind it; its `Display` is the one serialisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InnerList {
    pub(super) items: Vec<Item>,
    pub(super) parameters: Vec<Parameter>,
}

impl InnerList {
    pub(super) fn parameter(&self, name: &str) -> Option<&BareItem> {
        self.parameters.iter().find(|parameter| parameter.name == name).map(|parameter| &parameter.value)
    }
}

impl fmt::Display for InnerList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<String> = self.items.iter().map(Item::to_string).collect();
        write!(f, "({})", items.join(" "))?;
        write_parameters(f, &self.parameters)
    }
}

fn write_parameters(f: &mut fmt::Formatter<'_>, parameters: &[Parameter]) -> fmt::Result {
    for Parameter { name, value } in parameters {
        match value {
            BareItem::Boolean(true) => write!(f, ";{name}")?,
            value => write!(f, ";{name}={value}")?,
        }
    }
    Ok(())
}

/// The inner list of a component list as a signer writes it, for example `"@method" "@path";req`.
pub(super) fn parse_items(text: &str) -> Option<Vec<Item>> {
    if text.len() > MAX_VALUE || !text.is_ascii() {
        return None;
    }
    let list = format!("({text})");
    let mut cursor = Cursor(&list);
    let list = cursor.inner_list()?;
    (cursor.0.is_empty() && list.parameters.is_empty()).then_some(list.items)
}

/// A dictionary whose members are all inner lists of strings.
pub(super) fn parse_inner_lists(text: &str) -> Option<Vec<(String, InnerList)>> {
    parse_dictionary(text, Cursor::inner_list)
}

/// A dictionary whose members are all byte sequences.
pub(super) fn parse_byte_sequences(text: &str) -> Option<Vec<(String, Vec<u8>)>> {
    parse_dictionary(text, |cursor| match cursor.bare_item()? {
        BareItem::Bytes(bytes) => Some(bytes),
        _ => None,
    })
}

/// Repeated members are refused: the standard lets the last one win, which two readers can read differently.
fn parse_dictionary<'a, T>(
    text: &'a str,
    member: impl Fn(&mut Cursor<'a>) -> Option<T>,
) -> Option<Vec<(String, T)>> {
    if text.len() > MAX_VALUE || !text.is_ascii() {
        return None;
    }
    let mut cursor = Cursor(text.trim_matches(' '));
    let mut members: Vec<(String, T)> = Vec::new();
    loop {
        let name = cursor.key()?;
        cursor.expect('=')?;
        let value = member(&mut cursor)?;
        if members.iter().any(|(known, _)| *known == name) {
            return None;
        }
        members.push((name, value));
        cursor.skip_white_space();
        if cursor.0.is_empty() {
            return Some(members);
        }
        cursor.expect(',')?;
        cursor.skip_white_space();
    }
}

struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn skip_white_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn expect(&mut self, character: char) -> Option<()> {
        self.0 = self.0.strip_prefix(character)?;
        Some(())
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|character| !belongs(character)).unwrap_or(self.0.len());
        let (head, tail) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = tail;
        head
    }

    fn key(&mut self) -> Option<String> {
        let key = self.take_while(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.' | '*'));
        key.starts_with(|c: char| c.is_ascii_lowercase() || c == '*').then(|| key.to_owned())
    }

    fn inner_list(&mut self) -> Option<InnerList> {
        self.expect('(')?;
        let mut items = Vec::new();
        loop {
            let before = self.0.len();
            self.0 = self.0.trim_start_matches(' ');
            if self.expect(')').is_some() {
                break;
            }
            if !items.is_empty() && self.0.len() == before {
                return None;
            }
            items.push(Item { text: self.text()?, parameters: self.parameters()? });
        }
        Some(InnerList { items, parameters: self.parameters()? })
    }

    fn parameters(&mut self) -> Option<Vec<Parameter>> {
        let mut parameters: Vec<Parameter> = Vec::new();
        while self.expect(';').is_some() {
            self.0 = self.0.trim_start_matches(' ');
            let name = self.key()?;
            let value = if self.expect('=').is_some() { self.bare_item()? } else { BareItem::Boolean(true) };
            if parameters.iter().any(|known| known.name == name) {
                return None;
            }
            parameters.push(Parameter { name, value });
        }
        Some(parameters)
    }

    fn bare_item(&mut self) -> Option<BareItem> {
        match self.0.chars().next()? {
            '"' => self.text().map(BareItem::Text),
            ':' => self.bytes().map(BareItem::Bytes),
            '?' => self.boolean().map(BareItem::Boolean),
            '-' | '0'..='9' => self.integer().map(BareItem::Integer),
            'A'..='Z' | 'a'..='z' | '*' => {
                let token = self.take_while(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c));
                Some(BareItem::Token(token.to_owned()))
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        self.expect('"')?;
        let mut text = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => {
                    text.push(characters.next().map(|(_, next)| next).filter(|c| matches!(c, '"' | '\\'))?)
                }
                ' '..='~' => text.push(character),
                _ => return None,
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        self.expect(':')?;
        let (encoded, rest) = self.0.split_once(':')?;
        self.0 = rest;
        base64::decode_standard(encoded)
    }

    fn boolean(&mut self) -> Option<bool> {
        self.expect('?')?;
        match self.take_while(|c| c.is_ascii_digit()) {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }

    fn integer(&mut self) -> Option<i64> {
        let negative = self.expect('-').is_some();
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() || digits.len() > MAX_DIGITS || self.0.starts_with('.') {
            return None;
        }
        let number: i64 = digits.parse().ok()?;
        Some(if negative { -number } else { number })
    }
}
