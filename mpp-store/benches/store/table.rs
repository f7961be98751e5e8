//! The table of the run.

use crate::numbers::Spread;

/// One line: what was measured, its goal, what came out.
#[derive(Debug)]
struct Line {
    what: String,
    goal: String,
    figure: String,
    beside: String,
    ratio: String,
    verdict: &'static str,
}

/// All lines so far.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Line>);

impl Table {
    /// A figure that must be at least so many times what it is held against, or at most.
    pub(crate) fn ratio(&mut self, what: &str, goal: Goal, ours: &str, beside: &str, ratios: &[f64]) {
        let ratio = Spread::of(ratios);
        let shown = format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.min, ratio.max);
        self.line(what, goal, ours, beside, &shown, ratio.median);
    }

    /// A figure that stands alone: `value` is what is held against the goal.
    pub(crate) fn alone(&mut self, what: &str, goal: Goal, ours: &str, value: f64) {
        self.line(what, goal, ours, "", "", value);
    }

    fn line(&mut self, what: &str, goal: Goal, figure: &str, beside: &str, ratio: &str, value: f64) {
        let met = match goal {
            Goal::AtLeast(least, _) => Some(value >= least),
            Goal::AtMost(most, _) => Some(value <= most),
            Goal::Stated => None,
        };
        let verdict = met.map_or("stated", |met| if met { "ok" } else { "missed" });
        let goal = match goal {
            Goal::AtLeast(least, unit) => format!(">= {least}{unit}"),
            Goal::AtMost(most, unit) => format!("<= {most}{unit}"),
            Goal::Stated => "figure stated".to_owned(),
        };
        let line = Line {
            what: what.to_owned(),
            goal,
            figure: figure.to_owned(),
            beside: beside.to_owned(),
            ratio: ratio.to_owned(),
            verdict,
        };
        // the run takes minutes: whoever watches sees how it goes
        eprintln!("{}: {} {} {} ({})", line.what, line.figure, line.beside, line.ratio, line.verdict);
        self.0.push(line);
    }

    pub(crate) fn print(&self) {
        println!("\n| what | goal | figure | beside it | ratio | |");
        println!("| --- | --- | --- | --- | --- | --- |");
        for Line { what, goal, figure, beside, ratio, verdict } in &self.0 {
            println!("| {what} | {goal} | {figure} | {beside} | {ratio} | {verdict} |");
        }
    }
}

/// What a value is held against, with its unit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// Not less.
    AtLeast(f64, &'static str),
    /// Not more.
    AtMost(f64, &'static str),
    /// Nothing.
    Stated,
}

/// A rate with its spread, as the table shows it.
pub(crate) fn per_second(rates: &[f64]) -> String {
    let Spread { median, min, max } = Spread::of(rates);
    format!("{median:.0}/s ({min:.0} to {max:.0})")
}
