//! As much of DER (X.690) as key files need: definite lengths below 64 KiB in their shortest form.

/// A cursor over the elements of one DER value.
pub(crate) struct DerReader<'a>(&'a [u8]);

impl<'a> DerReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        if found != tag {
            return None;
        }
        let (length, rest) = read_length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// Like [`DerReader::expect`], with a reader over the content.
    pub(crate) fn expect_nested(&mut self, tag: u8) -> Option<DerReader<'a>> {
        self.expect(tag).map(DerReader)
    }

    /// The content of the next element when it has this tag; `Some(None)` when it has another or is absent.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        match self.0.first() {
            Some(&found) if found == tag => self.expect(tag).map(Some),
            _ => Some(None),
        }
    }

    /// The next element must have this tag and exactly this content.
    pub(crate) fn expect_exactly(&mut self, tag: u8, content: &[u8]) -> Option<()> {
        (self.expect(tag)? == content).then_some(())
    }

    /// Everything that has not been read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Nothing may follow.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// An element with this tag and content, below 64 KiB.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, 0..=0x7f) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, content].concat()
}

fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [short @ 0..=0x7f, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, length @ 0x80..=0xff, rest @ ..] => Some((usize::from(*length), rest)),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_the_shortest_length_form() {
        assert_eq!(DerReader::new(&[4, 1, 9]).expect(4), Some(&[9][..]));
        for bad in [&[4, 0x81, 1, 9][..], &[4, 0x82, 0, 1, 9], &[4, 0x80, 9, 0, 0], &[4, 2, 9], &[4], &[]] {
            assert_eq!(DerReader::new(bad).expect(4), None, "{bad:?}");
        }
    }
}
