//! Use by day as bars, and what is counted, in words: the same in both portals.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_core::UsageUnit;

use crate::moment::{self, grouped};
use crate::signed::Signed;
use crate::templates::Bar;
use crate::words::{Language, Words};

/// The size of the chart, in its own units.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 120;

/// The bars of a chart, the highest as high as the chart.
pub(crate) fn bars(days: &BTreeMap<Date, u64>, language: Language) -> Vec<Bar> {
    let most = days.values().copied().max().unwrap_or(0).max(1);
    let count = u32::try_from(days.len()).unwrap_or(1).max(1);
    let step = (WIDTH / count).max(3);
    let bar = |(at, (day, value)): (usize, (&Date, &u64))| {
        let share = value.saturating_mul(HEIGHT.into()) / most;
        let height = u32::try_from(share).unwrap_or(HEIGHT).max(u32::from(*value > 0));
        Bar {
            label: moment::day(*day, language),
            value: grouped(*value),
            x: step.saturating_mul(u32::try_from(at).unwrap_or(0)),
            y: HEIGHT.saturating_sub(height),
            width: step.saturating_sub(2).min(48),
            height,
        }
    };
    days.iter().enumerate().map(bar).collect()
}

/// The first of the highest bars, which the line at the top stands for; nothing where nothing was used.
pub(crate) fn highest(bars: &[Bar]) -> Option<&Bar> {
    bars.iter().find(|bar| bar.height == HEIGHT)
}

/// What the bars show, in words: the days, and how high the highest is.
pub(crate) fn caption(bars: &[Bar], words: Words) -> String {
    let days = match (bars.first(), bars.last()) {
        (Some(first), Some(last)) => format!(": {} – {}", first.label, last.label),
        _ => String::new(),
    };
    let most = highest(bars).map(|most| words.with_all("label.highest_day", &[&most.value, &most.label]));
    let most = most.map(|most| format!(". {most}")).unwrap_or_default();
    format!("{}{days}{most}", words.get("caption.usage"))
}

/// What is counted, in words.
pub(crate) fn unit_words(signed: &Signed, unit: UsageUnit) -> String {
    let code = serde_json::to_value(unit).ok();
    let code = code.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_uppercase();
    signed.words.of("unit", &code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_highest_bar_fills_the_chart_and_an_empty_day_has_none() {
        let days = [(date(2026, 1, 1), 5), (date(2026, 1, 2), 10), (date(2026, 1, 3), 0)];
        let drawn = bars(&BTreeMap::from(days), Language::English);
        assert_eq!((drawn[1].y, drawn[1].height), (0, HEIGHT));
        assert_eq!((drawn[0].y, drawn[0].height), (HEIGHT / 2, HEIGHT / 2));
        assert_eq!(drawn[2].height, 0);
        assert_eq!(drawn[0].label, "1 Jan 2026");
        assert_eq!(highest(&drawn).map(|bar| (&*bar.label, &*bar.value)), Some(("2 Jan 2026", "10")));
        assert_eq!(
            caption(&drawn, Words(Language::English)),
            "Uses per day: 1 Jan 2026 – 3 Jan 2026. Most on one day: 10 (2 Jan 2026)"
        );
        assert!(bars(&BTreeMap::new(), Language::English).is_empty());
        assert_eq!(caption(&[], Words(Language::English)), "Uses per day");
        assert!(highest(&bars(&BTreeMap::from([(date(2026, 1, 1), 0)]), Language::English)).is_none());
    }
}
