//! Numbers of invoices and credit notes (Rule 46(b)): consecutive within a financial year and series, at most 16
//! characters, letters, digits, `-` and `/` only.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::FinancialYear;

/// The number of a document: `MPP/2526/000123`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNumber(String);

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not 1 to 16 letters, digits, `-` and `/`.
    #[error("a document number has 1 to 16 letters, digits, - and /")]
    Form,
    /// The name of a series is not 1 to 4 capital letters and digits.
    #[error("a series is named by 1 to 4 capital letters and digits")]
    Prefix,
    /// The document's date lies in another financial year than the series.
    #[error("the date lies in another financial year than the number series")]
    OtherYear,
    /// The document is dated before the one numbered last.
    #[error("the date lies before that of the last number in the series")]
    BeforeLast,
    /// All 999,999 numbers are taken.
    #[error("the number series of this year is full: open another one")]
    Full,
}

impl NumberError {
    /// Waiting does not help; another series or date does.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

impl DocumentNumber {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The serial at its end, by which gaps are found.
    #[must_use]
    pub fn serial(&self) -> Option<u32> {
        self.0.rsplit('/').next().and_then(|serial| serial.parse().ok())
    }
}

impl FromStr for DocumentNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
        let form_holds = (1..=16).contains(&text.len()) && text.bytes().all(allowed);
        form_holds.then(|| Self(text.to_owned())).ok_or(NumberError::Form)
    }
}

impl TryFrom<String> for DocumentNumber {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<DocumentNumber> for String {
    fn from(number: DocumentNumber) -> Self {
        number.0
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One series of one financial year. Stored beside the documents; the number is taken in the transaction that
/// makes the document final, so that a failed one leaves no gap. Credit notes have series of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SeriesForm", into = "SeriesForm")]
pub struct NumberSeries {
    form: SeriesForm,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SeriesForm {
    prefix: String,
    year: FinancialYear,
    last: u32,
    last_date: Option<Date>,
}

const LARGEST: u32 = 999_999;

impl NumberSeries {
    /// A series of which no number is taken yet.
    ///
    /// # Errors
    /// When the prefix is not 1 to 4 capital letters and digits.
    pub fn begin(prefix: &str, year: FinancialYear) -> Result<Self, NumberError> {
        SeriesForm { prefix: prefix.to_owned(), year, last: 0, last_date: None }.try_into()
    }

    /// The series' name.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.form.prefix
    }

    /// The year it belongs to.
    #[must_use]
    pub const fn year(&self) -> FinancialYear {
        self.form.year
    }

    /// How many numbers are taken.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.form.last
    }

    /// The next number, for a document of `date`, and the series after it. Store both or neither.
    ///
    /// # Errors
    /// When the date lies in another year or before the last number's, or the series is full.
    pub fn take(self, date: Date) -> Result<(DocumentNumber, Self), NumberError> {
        let SeriesForm { prefix, year, last, last_date } = self.form;
        if FinancialYear::of(date) != year {
            return Err(NumberError::OtherYear);
        }
        if last_date.is_some_and(|last| date < last) {
            return Err(NumberError::BeforeLast);
        }
        if last >= LARGEST {
            return Err(NumberError::Full);
        }
        let last = last.saturating_add(1);
        let number = format!("{prefix}/{}/{last:06}", year.digits()).parse()?;
        Ok((number, Self { form: SeriesForm { prefix, year, last, last_date: Some(date) } }))
    }
}

impl TryFrom<SeriesForm> for NumberSeries {
    type Error = NumberError;

    fn try_from(form: SeriesForm) -> Result<Self, NumberError> {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if !(1..=4).contains(&form.prefix.len()) || !form.prefix.bytes().all(allowed) {
            return Err(NumberError::Prefix);
        }
        if form.last > LARGEST {
            return Err(NumberError::Full);
        }
        Ok(Self { form })
    }
}

impl From<NumberSeries> for SeriesForm {
    fn from(series: NumberSeries) -> Self {
        series.form
    }
}

/// The serials that are missing among the documents of one series and year, which must be none.
#[must_use]
pub fn missing_numbers(numbers: &[DocumentNumber]) -> Vec<u32> {
    let present: std::collections::BTreeSet<u32> =
        numbers.iter().filter_map(DocumentNumber::serial).collect();
    let last = present.last().copied().unwrap_or_default();
    (1..=last).filter(|serial| !present.contains(serial)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn series() -> NumberSeries {
        NumberSeries::begin("MPP", FinancialYear::of(date(2026, 1, 31))).unwrap()
    }

    #[test]
    fn a_number_has_its_series_year_and_serial() {
        let (number, series) = series().take(date(2026, 1, 31)).unwrap();
        assert_eq!(number.as_str(), "MPP/2526/000001");
        assert_eq!(series.clone().take(date(2026, 4, 1)), Err(NumberError::OtherYear));
        assert_eq!(series.take(date(2026, 1, 30)), Err(NumberError::BeforeLast));
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in ["", "MPP/2526/00000123", "MPP 1", "MPP_1", "एमपी"] {
            assert_eq!(bad.parse::<DocumentNumber>(), Err(NumberError::Form), "{bad}");
        }
        for bad in ["", "mpp", "MPPXX", "M-P"] {
            assert_eq!(NumberSeries::begin(bad, series().year()), Err(NumberError::Prefix), "{bad}");
        }
        let full = r#"{"prefix":"MPP","year":2025,"last":999999,"lastDate":null}"#;
        let full: NumberSeries = serde_json::from_str(full).unwrap();
        assert_eq!(full.take(date(2026, 1, 1)), Err(NumberError::Full));
    }

    #[test]
    fn a_missing_number_is_found() {
        let numbers = ["CN/2526/000001", "CN/2526/000004", "CN/2526/000002"].map(|n| n.parse().unwrap());
        assert_eq!(missing_numbers(&numbers), [3]);
    }

    proptest! {
        #[test]
        fn numbers_have_no_gaps_though_some_are_refused(days in prop::collection::vec(0_i32..400, 0..80)) {
            let mut series = NumberSeries::begin("A1B2", FinancialYear::of(date(2025, 4, 1))).unwrap();
            let mut numbers = Vec::new();
            for days in days {
                let day = date(2025, 4, 1).checked_add(jiff::Span::new().days(days)).unwrap();
                if let Ok((number, after)) = series.clone().take(day) {
                    prop_assert!(number.as_str().len() <= 16);
                    prop_assert_eq!(number.as_str().parse::<DocumentNumber>(), Ok(number.clone()));
                    numbers.push(number);
                    series = after;
                }
            }
            prop_assert_eq!(missing_numbers(&numbers), Vec::<u32>::new());
            prop_assert_eq!(u32::try_from(numbers.len()).unwrap(), series.taken());
        }
    }
}
