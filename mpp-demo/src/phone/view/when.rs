//! Instants as people in India read them.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use mpp_core::{DataRange, Timestamp};

use super::Language;

const ENGLISH_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const HINDI_MONTHS: [&str; 12] =
    ["जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"];

/// The calendar date in India, as `15 Jan 2026`.
pub(super) fn date(instant: Timestamp, language: Language) -> String {
    let here = in_india(instant);
    format!("{} {} {}", here.day(), month(here, language), here.year())
}

/// Date and time in India, as `15 Jan 2026, 3:00 pm IST`.
#[must_use]
pub fn moment(instant: Timestamp, language: Language) -> String {
    format!("{}, {} IST", date(instant, language), time(in_india(instant)))
}

/// Date and time in India, in English.
#[must_use]
pub fn moment_in_english(instant: Timestamp) -> String {
    moment(instant, Language::English)
}

/// The time of day in India to the second, as `3:00:07 pm`: for things that follow each other quickly.
#[must_use]
pub fn precise(instant: Timestamp) -> String {
    let here = in_india(instant);
    let (hour, half) = twelve(here);
    format!("{hour}:{:02}:{:02} {half}", here.minute(), here.second())
}

/// The time of day in India, as a phone's status line shows it.
pub(super) fn clock(instant: Timestamp) -> String {
    let here = in_india(instant);
    format!("{}:{:02}", twelve(here).0, here.minute())
}

/// From day to day.
pub(super) fn days(from: Timestamp, to: Timestamp, language: Language) -> String {
    let (from, to) = (date(from, language), date(to, language));
    match language {
        Language::English => format!("{from} to {to}"),
        Language::Hindi => format!("{from} से {to} तक"),
    }
}

/// The days a range of data covers.
pub(super) fn range(range: DataRange, language: Language) -> String {
    days(range.from(), range.to(), language)
}

fn in_india(instant: Timestamp) -> DateTime {
    let offset = Offset::from_seconds(19_800).unwrap_or(Offset::UTC);
    offset.to_datetime(jiff::Timestamp::from_millisecond(instant.as_unix_millis()).unwrap_or_default())
}

fn month(here: DateTime, language: Language) -> &'static str {
    let names = language.either(&ENGLISH_MONTHS, &HINDI_MONTHS);
    let at = usize::try_from(here.month()).unwrap_or(1).saturating_sub(1);
    names.get(at).copied().unwrap_or_default()
}

fn twelve(here: DateTime) -> (i8, &'static str) {
    let half = if here.hour() < 12 { "am" } else { "pm" };
    let hour = if here.hour() % 12 == 0 { 12 } else { here.hour() % 12 };
    (hour, half)
}

fn time(here: DateTime) -> String {
    let (hour, half) = twelve(here);
    format!("{hour}:{:02} {half}", here.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_shown_in_indian_time() {
        let afternoon = at("2026-01-15T09:30:07Z");
        assert_eq!(moment(afternoon, Language::English), "15 Jan 2026, 3:00 pm IST");
        assert_eq!(moment(afternoon, Language::Hindi), "15 जनवरी 2026, 3:00 pm IST");
        assert_eq!(precise(afternoon), "3:00:07 pm");
        assert_eq!(date(at("2026-01-31T18:30:00Z"), Language::English), "1 Feb 2026");
    }

    #[test]
    fn midnight_and_noon_are_twelve() {
        assert_eq!(clock(at("2026-01-14T18:30:00Z")), "12:00");
        assert!(moment(at("2026-01-14T18:30:00Z"), Language::English).contains("12:00 am"));
        assert!(moment(at("2026-01-15T06:30:00Z"), Language::English).contains("12:00 pm"));
    }
}
