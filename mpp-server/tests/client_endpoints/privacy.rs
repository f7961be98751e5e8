//! Canaries: what is the customer's stands neither in the data folder nor in the logs.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::EnvFilter;

use crate::town::{AUTHOR_KEY, OPERATOR_KEY};

/// The holder and account in the document, the customer in the call, keys of callers and of the server.
const CANARIES: [&str; 9] = [
    "Canary-Holder-Asha",
    "XXXXXXXX4020",
    "ABCPK1234D",
    "9000000001",
    "Asha Canary Kulkarni",
    "PRIVATE KEY",
    "mppk_",
    AUTHOR_KEY,
    OPERATOR_KEY,
];

static LOGS: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();

#[derive(Clone)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps everything our own crates log, whatever its level.
pub(crate) fn watch_logs() {
    let kept = LOGS.get_or_init(Arc::default);
    let writer = Kept(Arc::clone(kept));
    let filter = "mpp_server=trace,mpp_services=trace,mpp_store=trace,mpp_crypto=trace,mpp_transport=trace";
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new(filter));
    let _ = subscriber.with_writer(move || writer.clone()).try_init();
}

pub(crate) fn search_logs() {
    let logs = LOGS.get().unwrap().lock().unwrap().clone();
    assert!(!logs.is_empty(), "nothing was logged");
    refuse_canaries(&logs, "the logs");
}

pub(crate) fn search(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path);
        } else if let Ok(bytes) = std::fs::read(&path) {
            refuse_canaries(&bytes, &path.display().to_string());
        }
    }
}

fn refuse_canaries(bytes: &[u8], place: &str) {
    for canary in CANARIES {
        // it signs the audit log, and cannot lie sealed in the store that it vouches for
        if canary == "PRIVATE KEY" && place.ends_with("keys/log-signing.pem") {
            continue;
        }
        let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{canary} stands in {place}");
    }
}
