//! What a run cost: processor time and memory by part, and how much of it were RSA signatures.

use std::time::{Duration, Instant};

use mpp_crypto::rs256;
use serde_json::{Map, Value, json};

use crate::process;
use crate::world::{Program, World};

/// How many signatures are timed.
const SIGNATURES: u32 = 20;

/// The costs before a run, to be compared with those after it.
#[derive(Debug)]
pub struct Before {
    begun: Instant,
    own: Duration,
    programs: Vec<(Program, Duration, Option<process::Memory>)>,
}

impl Before {
    /// Notes what every part has cost so far.
    #[must_use]
    pub fn run(world: &World) -> Self {
        let cost = |program: Program| {
            (program, process::cpu_used(program.process), process::memory(program.process))
        };
        Self {
            begun: crate::stopwatch::now(),
            own: process::cpu_used(std::process::id()),
            programs: world.programs().into_iter().map(cost).collect(),
        }
    }

    /// When the run began.
    #[must_use]
    pub const fn begun(&self) -> Instant {
        self.begun
    }

    /// What the run cost. Where the parts are programs, `cpuMillis` leaves the outside world out and `parts` tells each;
    /// in one process it is the whole process. `rsaCpuMillis` is the number of RSA signatures of the roles times what
    /// one costs on this machine, timed here.
    ///
    /// # Errors
    /// When no RSA key can be made.
    pub fn compare(&self, rsa_signatures: u64) -> anyhow::Result<Map<String, Value>> {
        let wall = self.begun.elapsed();
        let own = process::cpu_used(std::process::id()).saturating_sub(self.own);
        let mut ours = own;
        let mut parts = Vec::new();
        for (program, cpu_before, memory_before) in &self.programs {
            let cpu = process::cpu_used(program.process).saturating_sub(*cpu_before);
            if program.name != "mpp-sandbox" {
                ours = ours.saturating_add(cpu);
            }
            parts.push(json!({
                "program": program.name,
                "readyMillis": millis(program.ready_in),
                "cpuMillis": millis(cpu),
                "before": memory_before,
                "after": process::memory(program.process),
            }));
        }
        let rsa = one_signature()?.saturating_mul(u32::try_from(rsa_signatures).unwrap_or(u32::MAX));
        let mut costs = Map::new();
        costs.insert("wallMillis".to_owned(), json!(millis(wall)));
        costs.insert("cpuMillis".to_owned(), json!(millis(ours)));
        costs.insert("rsaSignatures".to_owned(), json!(rsa_signatures));
        costs.insert("rsaCpuMillis".to_owned(), json!(millis(rsa)));
        costs.insert("parts".to_owned(), Value::Array(parts));
        Ok(costs)
    }
}

/// The processor time of one RS256 signature with a key of 2048 bits.
fn one_signature() -> anyhow::Result<Duration> {
    let key = rs256::SigningKey::generate("timing".parse()?)?;
    let id = std::process::id();
    let before = process::cpu_used(id);
    let begun = crate::stopwatch::now();
    for number in 0..SIGNATURES {
        key.sign(&number.to_be_bytes())?;
    }
    let used = process::cpu_used(id).saturating_sub(before);
    // the kernel may not have accounted for so short a time yet
    let took = if used.is_zero() { begun.elapsed() } else { used };
    Ok(took / SIGNATURES)
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}
