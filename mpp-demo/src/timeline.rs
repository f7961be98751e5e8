//! What happened, in order, for people or as one JSON object a line.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// How the timeline is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
    /// Not at all.
    Silent,
}

/// One entry: which customer, who acted, what happened, with proofs.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The customer's number, from 1; `None` for what concerns all.
    pub customer: Option<usize>,
    /// Who acted: `partner`, `phone`, `aa`, `central`, ...
    pub actor: &'static str,
    /// What happened: one stable word, for example `consented`.
    pub step: &'static str,
    /// One sentence.
    pub text: String,
    /// Identifiers and digests that prove it.
    pub proof: Value,
}

/// Writes entries as they happen.
#[derive(Debug)]
pub struct Timeline {
    form: Form,
    out: Mutex<std::io::Stdout>,
}

impl Timeline {
    /// A timeline on standard output.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self { form, out: Mutex::new(std::io::stdout()) }
    }

    /// Writes an entry; `since_start` is when it happened.
    pub fn record(&self, since_start: Duration, entry: &Entry) {
        let line = match self.form {
            Form::Silent => return,
            Form::Human => human(since_start, entry),
            Form::Json => machine(since_start, entry).to_string(),
        };
        self.write(&line);
    }

    /// Writes the closing object, or its human form.
    pub fn close(&self, summary: &Value, human: &str) {
        match self.form {
            Form::Silent => {}
            Form::Human => self.write(human),
            Form::Json => self.write(&summary.to_string()),
        }
    }

    fn write(&self, line: &str) {
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // when nobody reads any more there is nothing left to tell
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

fn human(since_start: Duration, entry: &Entry) -> String {
    let who = entry.customer.map_or_else(String::new, |customer| format!(" [{customer}]"));
    let mut line = format!(
        "{:>8.3} s{who} {:<14} {:<10} {}",
        since_start.as_secs_f64(),
        entry.actor,
        entry.step,
        entry.text
    );
    if let Value::Object(proof) = &entry.proof {
        for (name, value) in proof {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            line.push_str(&format!("\n{:>26}{name}: {}", "", shortened(&shown)));
        }
    }
    line
}

fn shortened(text: &str) -> String {
    if text.len() <= 96 { text.to_owned() } else { text.chars().take(93).chain("...".chars()).collect() }
}

fn machine(since_start: Duration, entry: &Entry) -> Value {
    let mut object = Map::new();
    object.insert("millis".into(), json!(u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX)));
    if let Some(customer) = entry.customer {
        object.insert("customer".into(), json!(customer));
    }
    object.insert("actor".into(), json!(entry.actor));
    object.insert("step".into(), json!(entry.step));
    object.insert("text".into(), json!(entry.text));
    object.insert("proof".into(), entry.proof.clone());
    Value::Object(object)
}
