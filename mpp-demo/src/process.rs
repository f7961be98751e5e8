//! What the kernel knows about a process: processor time and memory.

use std::fs;
use std::time::Duration;

/// The processor time of all threads of process `id` that live now; the servers' threads live throughout. Zero where the
/// kernel does not tell.
#[must_use]
pub fn cpu_used(id: u32) -> Duration {
    let Ok(tasks) = fs::read_dir(format!("/proc/{id}/task")) else { return Duration::ZERO };
    let nanos = tasks.flatten().filter_map(|task| {
        let account = fs::read_to_string(task.path().join("schedstat")).ok()?;
        account.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.fold(0, u64::saturating_add))
}

/// The memory of a process, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// What is resident now.
    pub resident_kib: u64,
    /// The most that ever was.
    pub peak_kib: u64,
}

/// The memory of process `id`; `None` where the kernel does not tell.
#[must_use]
pub fn memory(id: u32) -> Option<Memory> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    };
    Some(Memory { resident_kib: field("VmRSS:")?, peak_kib: field("VmHWM:")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_time_and_memory() {
        let id = std::process::id();
        let mut sum = 0_u64;
        while cpu_used(id).is_zero() {
            sum = sum.wrapping_add(1);
        }
        let memory = memory(id).unwrap();
        assert!(memory.resident_kib > 0 && memory.peak_kib >= memory.resident_kib);
        assert!(super::memory(u32::MAX).is_none(), "{sum}");
    }
}
