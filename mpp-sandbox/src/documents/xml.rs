//! Writing XML: elements with attributes, escaped, without ever going through a template.

/// An XML document being written. Elements are closed in the order they were opened, by construction.
#[derive(Debug, Default)]
pub(crate) struct Xml {
    text: String,
}

impl Xml {
    /// An empty document.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An element without children.
    pub(crate) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str("/>");
    }

    /// An element whose children `inside` writes.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.start(name, attributes);
        self.text.push('>');
        inside(self);
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// A comment of so many filler characters.
    pub(crate) fn filler(&mut self, length: usize) {
        self.text.push_str("<!--");
        self.text.extend(std::iter::repeat_n('.', length));
        self.text.push_str("-->");
    }

    /// How many bytes are written so far.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The document.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            self.text.push(' ');
            self.text.push_str(attribute);
            self.text.push_str("=\"");
            push_escaped(&mut self.text, value);
            self.text.push('"');
        }
    }
}

/// Appends `value` with everything escaped that has a meaning in XML or HTML.
pub(crate) fn push_escaped(text: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (plain, from_special) = rest.split_at(at);
        text.push_str(plain);
        let mut characters = from_special.chars();
        text.push_str(match characters.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            Some(_) | None => "&#39;",
        });
        rest = characters.as_str();
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_break_out_of_an_attribute() {
        let mut xml = Xml::new();
        xml.element("a", &[("b", "\"<&>'")], |xml| xml.leaf("c", &[]));
        assert_eq!(xml.into_bytes(), b"<a b=\"&quot;&lt;&amp;&gt;&#39;\"><c/></a>");
    }
}
