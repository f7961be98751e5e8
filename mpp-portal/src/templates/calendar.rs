//! What stands in a calendar.

/// A row of it.
#[derive(Debug, Clone)]
pub(crate) struct CalendarWeek {
    /// Which week, for those who do not see it.
    pub(crate) label: String,
    pub(crate) days: Vec<CalendarDayCell>,
}

/// A day.
#[derive(Debug, Clone)]
pub(crate) struct CalendarDayCell {
    /// Of the month.
    pub(crate) number: String,
    /// The month, where it begins.
    pub(crate) month: Option<String>,
    /// `2026-01-15`.
    pub(crate) exact: String,
    /// The day in words.
    pub(crate) spoken: String,
    /// Where the day is shown by product and source.
    pub(crate) href: String,
    pub(crate) is_today: bool,
    pub(crate) lines: Vec<CalendarLine>,
}

/// A number of a day.
#[derive(Debug, Clone)]
pub(crate) struct CalendarLine {
    pub(crate) count: String,
    pub(crate) what: String,
    /// The rows behind the number, where they can be listed.
    pub(crate) href: Option<String>,
    pub(crate) tone: &'static str,
}
