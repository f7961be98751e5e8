//! How an input says what to do to something sound.

/// The first six bytes of an input: a kind, a place (four bytes, big-endian) and a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alteration {
    kind: u8,
    at: usize,
    value: u8,
}

impl Alteration {
    /// Takes the alteration off an input.
    pub(crate) fn split_off(data: &[u8]) -> Option<(Self, &[u8])> {
        let ([kind, a, b, c, d, value], rest) = data.split_first_chunk()?;
        let at = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?;
        Some((Self { kind: *kind, at, value: *value }, rest))
    }

    /// The bytes with the alteration; unchanged for some kinds and some places.
    pub(crate) fn apply(self, bytes: &[u8]) -> Vec<u8> {
        let mut altered = bytes.to_vec();
        let at = self.at % (bytes.len() + 1);
        match self.kind % 8 {
            1 => altered.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= self.value),
            2 => altered.truncate(at),
            3 => altered.push(self.value),
            4 if at < altered.len() => drop(altered.remove(at)),
            5 => altered.insert(at, self.value),
            6 => altered.rotate_left(at % bytes.len().max(1)),
            7 => altered.extend_from_slice(bytes),
            _ => {}
        }
        altered
    }

    /// [`Alteration::apply`] to a text; `None` when it is no text any more.
    pub(crate) fn apply_to_text(self, text: &str) -> Option<String> {
        String::from_utf8(self.apply(text.as_bytes())).ok()
    }

    /// The place, for alterations of a target's own.
    pub(crate) const fn at(self) -> usize {
        self.at
    }

    /// The value, for choices of a target's own.
    pub(crate) const fn value(self) -> u8 {
        self.value
    }
}
