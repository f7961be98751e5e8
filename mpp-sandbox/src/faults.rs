//! Scripted misbehaviour: what goes wrong at which party in which operation, and how often.

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::guard::hold;

/// One line of a fault script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultScript {
    /// Who misbehaves: an entity id such as `SAHYADRI_FIP`, or `bureau`, `operator`, `sms`; `*` is anybody.
    pub entity: String,
    /// In what: the ReBIT path without leading slash (`FI/fetch`), or an operation of the table in the README;
    /// `*` is everything.
    pub operation: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How often; absent means until cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many calls go well before.
    #[serde(default)]
    pub after: u32,
}

/// A kind of misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// Answers with this HTTP status and no usable body.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// Answers with this ReBIT error, properly signed.
    Error {
        /// The HTTP status.
        status: u16,
        /// The ReBIT error code.
        code: String,
    },
    /// Answers 200 with bytes that are no JSON; in `prepare`, encrypts nothing and sends random bytes.
    Garbage,
    /// Does not answer until the faults are cleared or the caller gives up.
    Never,
    /// Answers as usual, but only after this long.
    Slow {
        /// The delay in milliseconds.
        milliseconds: u64,
    },
    /// Names another account than the one asked for.
    WrongAccount,
    /// Names another session than the one it is about.
    WrongSession,
    /// Leaves out one account: it is marked DENIED and its data is empty.
    Partial,
    /// Says a right one-time password is wrong.
    WrongOtp,
    /// Signs other bytes than it sends.
    BadSignature,
    /// Sends no signature.
    Unsigned,
    /// Answers with another `txnid`.
    WrongTxnid,
    /// Answers with an unknown `ver`.
    WrongVersion,
    /// Answers with a timestamp of yesterday.
    StaleTimestamp,
    /// The bureau or operator does not know the customer.
    NoRecord,
    /// The bureau is still working: this many polls until the report is there.
    InProcess {
        /// How many polls are answered with "in process".
        polls: u32,
        /// What the bureau says to wait between polls, in seconds.
        retry_after_seconds: u32,
    },
    /// A notification is sent twice.
    Twice,
    /// A notification is not sent at all.
    Dropped,
    /// The document tells about another customer.
    WrongCustomer,
    /// The signed consent says more than was asked for: its data range begins ten years earlier.
    WiderTerms,
    /// The signed consent's own signature does not stand.
    BrokenConsent,
}

#[derive(Debug)]
struct Line {
    script: FaultScript,
    seen: u32,
    used: u32,
}

/// The fault script in force.
#[derive(Debug)]
pub(crate) struct Faults {
    lines: Mutex<Vec<Line>>,
    generation: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { lines: Mutex::default(), generation: watch::Sender::new(0) }
    }
}

impl Faults {
    /// Adds a line.
    pub(crate) fn add(&self, script: FaultScript) {
        hold(&self.lines).push(Line { script, seen: 0, used: 0 });
    }

    /// Removes all lines and lets everything go on that waited for nothing.
    pub(crate) fn clear(&self) {
        hold(&self.lines).clear();
        self.generation.send_modify(|generation| *generation = generation.wrapping_add(1));
    }

    /// The lines in force, for showing.
    pub(crate) fn scripts(&self) -> Vec<FaultScript> {
        hold(&self.lines).iter().map(|line| line.script.clone()).collect()
    }

    /// The fault that strikes this call, if any; counts it as used.
    pub(crate) fn strike(&self, entity: &str, operation: &str) -> Option<Fault> {
        let mut lines = hold(&self.lines);
        let matching = lines.iter_mut().filter(|line| {
            let matches =
                |pattern: &str, actual: &str| pattern == "*" || pattern.trim_start_matches('/') == actual;
            matches(&line.script.entity, entity) && matches(&line.script.operation, operation)
        });
        for line in matching {
            if line.script.times.is_some_and(|times| line.used >= times) {
                continue;
            }
            line.seen = line.seen.saturating_add(1);
            if line.seen > line.script.after {
                line.used = line.used.saturating_add(1);
                return Some(line.script.fault.clone());
            }
        }
        None
    }

    /// Waits out a delay or until the faults are cleared; returns at once for faults that do not delay.
    pub(crate) async fn sit_out(&self, fault: Option<&Fault>) {
        match fault {
            Some(Fault::Never) => {
                let mut generation = self.generation.subscribe();
                let _ = generation.changed().await;
            }
            Some(Fault::Slow { milliseconds }) => {
                tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(times: Option<u32>, after: u32) -> FaultScript {
        FaultScript {
            entity: "SAHYADRI_FIP".into(),
            operation: "/FI/fetch".into(),
            fault: Fault::Garbage,
            times,
            after,
        }
    }

    #[test]
    fn strikes_as_often_as_told_and_only_there() {
        let faults = Faults::default();
        faults.add(script(Some(2), 1));
        let struck: Vec<bool> = (0..5).map(|_| faults.strike("SAHYADRI_FIP", "FI/fetch").is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert_eq!(faults.strike("NARMADA_FIP", "FI/fetch"), None);
        assert_eq!(faults.strike("SAHYADRI_FIP", "FI/request"), None);
    }

    #[test]
    fn reads_the_script_of_the_readme() {
        let text = r#"{"entity":"bureau","operation":"reports","fault":{"kind":"in-process","polls":2,"retryAfterSeconds":1},"times":1}"#;
        let script: FaultScript = serde_json::from_str(text).unwrap();
        assert_eq!(script.fault, Fault::InProcess { polls: 2, retry_after_seconds: 1 });
    }

    #[tokio::test]
    async fn clearing_releases_what_waits_for_ever() {
        let faults = std::sync::Arc::new(Faults::default());
        let waiting = std::sync::Arc::clone(&faults);
        let mut waiter = tokio::spawn(async move { waiting.sit_out(Some(&Fault::Never)).await });
        tokio::task::yield_now().await;
        faults.clear();
        (&mut waiter).await.unwrap();
    }
}
