//! What a server forgets by itself: evidence whose time is over, and what killed writers left beside the parcels.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mpp_core::{Clock, Span};
use mpp_services::{RetentionWindows, WindowTooShort};
use mpp_store::ParcelBytes;
use serde::Deserialize;
use tokio::task::JoinHandle;

use super::{Stopping, spawn_chore};

/// How often is looked for what is over.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// How old an unfinished file must be before nobody can be writing it.
const UNFINISHED_FOR: Span = Span::from_days(1);

/// How long evidence is kept; what is left out has its usual value, and what is too short is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Windows")]
pub struct RetentionSection(RetentionWindows);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    log_days: Option<u32>,
    consent_record_days: Option<u32>,
}

impl RetentionSection {
    /// The windows.
    #[must_use]
    pub const fn windows(self) -> RetentionWindows {
        self.0
    }
}

impl Default for RetentionSection {
    fn default() -> Self {
        Self(RetentionWindows::USUAL)
    }
}

impl TryFrom<Windows> for RetentionSection {
    type Error = WindowTooShort;

    fn try_from(windows: Windows) -> Result<Self, WindowTooShort> {
        RetentionWindows::in_days(windows.log_days, windows.consent_record_days).map(Self)
    }
}

/// Has what is over forgotten every day, class by class. A stop does not wait for a pass: the next one goes on.
pub(crate) fn spawn_forgetting<C, S, F, E>(
    stopping: Stopping,
    classes: &'static [C],
    forget: S,
) -> JoinHandle<()>
where
    C: Copy + fmt::Debug + Send + Sync,
    S: Fn(C) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<u64, E>> + Send,
    E: fmt::Display + Send,
{
    let until = stopping.clone();
    spawn_chore(stopping, EVERY, move || {
        let (forget, until) = (forget.clone(), until.clone());
        async move {
            for class in classes {
                tokio::select! {
                    forgotten = forget(*class) => report(*class, forgotten),
                    () = until.wait() => return,
                }
            }
        }
    })
}

fn report<C: fmt::Debug, E: fmt::Display>(class: C, forgotten: Result<u64, E>) {
    match forgotten {
        Ok(0) => {}
        Ok(entries) => tracing::info!(retention.class = ?class, entries, "what is over was forgotten"),
        Err(error) => tracing::warn!(retention.class = ?class, %error, "what is over could not be forgotten"),
    }
}

/// Has what killed writers left beside the parcels removed every day.
pub(crate) fn spawn_discarding(
    stopping: Stopping,
    parcels: Arc<dyn ParcelBytes>,
    clock: Arc<dyn Clock>,
) -> JoinHandle<()> {
    spawn_chore(stopping, EVERY, move || {
        let (parcels, before) = (Arc::clone(&parcels), clock.now().minus(UNFINISHED_FOR));
        async move {
            match parcels.discard_unfinished(before).await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "what killed writers left behind was removed"),
                Err(error) => tracing::warn!(%error, "what killed writers left behind could not be removed"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::runtime::Stopper;

    #[test]
    fn a_window_that_is_too_short_is_refused_with_its_key() {
        let refused = toml::from_str::<RetentionSection>("log_days = 30").unwrap_err();
        assert!(refused.to_string().contains("log_days must be at least 366"), "{refused}");
        let refused = toml::from_str::<RetentionSection>("consent_record_days = 2000").unwrap_err();
        assert!(refused.to_string().contains("consent_record_days must be at least 2562"), "{refused}");
        let usual = toml::from_str::<RetentionSection>("").unwrap();
        assert_eq!(usual, RetentionSection::default());
        assert_ne!(toml::from_str::<RetentionSection>("log_days = 400").unwrap(), usual);
    }

    #[tokio::test(start_paused = true)]
    async fn every_class_has_its_turn_every_day_even_when_another_fails() {
        let (stopper, stopping) = Stopper::new();
        let (reported, mut reports) = tokio::sync::mpsc::unbounded_channel();
        let begun = tokio::time::Instant::now();
        let reported = Arc::new(Mutex::new(reported));
        let forgetting = spawn_forgetting(stopping, &["uses", "consents"], move |class: &'static str| {
            reported.lock().unwrap().send((class, begun.elapsed())).unwrap();
            async move { if class == "uses" { Err("the store does not answer") } else { Ok(1) } }
        });
        assert_eq!(reports.recv().await, Some(("uses", Duration::ZERO)));
        assert_eq!(reports.recv().await, Some(("consents", Duration::ZERO)));
        let (class, after) = reports.recv().await.unwrap();
        assert!(class == "uses" && after >= EVERY, "{after:?}");
        stopper.stop();
        forgetting.await.unwrap();
    }
}
