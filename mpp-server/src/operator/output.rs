//! The answer: text for people, JSON for programs.

use std::io::Write;

use serde::Serialize;

use super::Failure;

/// Writes answers in the form that was asked for.
pub(super) struct Output<'a> {
    json: bool,
    out: &'a mut (dyn Write + Send),
}

impl<'a> Output<'a> {
    pub(super) fn new(json: bool, out: &'a mut (dyn Write + Send)) -> Self {
        Self { json, out }
    }

    /// Whether the answer is for a program.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// One answer: `lines` are name and value for people.
    pub(super) fn one<T: Serialize>(&mut self, answer: &T, lines: &[(&str, String)]) -> Result<(), Failure> {
        if self.json {
            return self.as_json(answer);
        }
        let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in lines {
            writeln!(self.out, "{name:<width$}  {value}")?;
        }
        Ok(())
    }

    /// One answer among many, for programs: on one line in either form, and written out at once.
    pub(super) fn line<T: Serialize>(&mut self, answer: &T) -> Result<(), Failure> {
        let mut text = serde_json::to_vec(answer).map_err(std::io::Error::other)?;
        text.push(b'\n');
        self.out.write_all(&text)?;
        Ok(self.out.flush()?)
    }

    /// One answer that is a text or a file of its own for people: written as it is.
    pub(super) fn text<T: Serialize>(&mut self, answer: &T, bytes: &[u8]) -> Result<(), Failure> {
        if self.json {
            return self.as_json(answer);
        }
        self.out.write_all(bytes)?;
        Ok(self.out.flush()?)
    }

    /// A list: `head` and `row` make the table for people.
    pub(super) fn list<T: Serialize, const N: usize>(
        &mut self,
        items: &[T],
        head: [&str; N],
        row: impl Fn(&T) -> [String; N],
    ) -> Result<(), Failure> {
        if self.json {
            return self.as_json(&items);
        }
        let rows: Vec<[String; N]> = items.iter().map(row).collect();
        let head = head.map(ToOwned::to_owned);
        let mut widths = head.each_ref().map(|cell| cell.chars().count());
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in std::iter::once(&head).chain(&rows) {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(self.out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }

    fn as_json<T: Serialize>(&mut self, answer: &T) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(answer).map_err(std::io::Error::other)?;
        Ok(writeln!(self.out, "{text}")?)
    }
}
