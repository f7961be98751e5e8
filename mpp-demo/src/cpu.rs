//! How much processor time this process has used, from the kernel's own accounts.

use std::fs;
use std::time::Duration;

/// The processor time of all threads that live now. Threads that have ended are not counted; the demo's run throughout.
/// Zero where the kernel does not tell.
#[must_use]
pub fn used() -> Duration {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let nanos = tasks.flatten().filter_map(|task| {
        let account = fs::read_to_string(task.path().join("schedstat")).ok()?;
        account.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.fold(0, u64::saturating_add))
}
