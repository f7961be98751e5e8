//! The operator's command `mpp`: registers partners, reads usage, enrols and sets up client servers, checks
//! configurations. Documented in `docs/cli.md`.

mod arguments;
mod at_central;
mod at_client;
mod central_keys;
mod config_check;
mod connection;
mod envelope;
mod failure;
mod fips;
mod jws;
mod keygen;
mod keys;
mod output;
mod rebit;
mod seed;
mod staff;
mod store;

use std::io::Write;
use std::sync::Arc;

use mpp_core::{Clock, Entropy};
use mpp_transport::Transport;

pub use arguments::Arguments;
pub use envelope::EnvelopeFailure;
pub use failure::Failure;
pub use jws::JwsFailure;
pub use store::StoreFailure;

use arguments::Command;
use output::Output;

/// What of the outside world the command uses.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Carries requests to the servers.
    pub transport: Arc<dyn Transport>,
    /// Randomness for keys and idempotency keys.
    pub entropy: Arc<dyn Entropy>,
    /// Says when a key was made, and whether another's has expired.
    pub clock: Arc<dyn Clock>,
}

/// Does what the arguments say and writes the answer to `out`.
///
/// # Errors
/// What went wrong, with the exit code it leads to.
pub async fn run(
    arguments: Arguments,
    surroundings: &Surroundings,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let mut output = Output::new(arguments.json, out);
    match arguments.command {
        Command::Keygen(command) => keygen::run(&command, surroundings.entropy.as_ref(), &mut output),
        Command::Keys(command) => keys::run(command, surroundings, &mut output),
        Command::CentralKeys(command) => central_keys::run(&command, surroundings, &mut output),
        Command::Partner(command) => at_central::partner(command, surroundings, &mut output).await,
        Command::Usage(central) => at_central::usage(&central, surroundings, &mut output).await,
        Command::Holdings(central) => at_central::holdings(&central, surroundings, &mut output).await,
        Command::Fips(command) => fips::run(&command, surroundings, &mut output).await,
        Command::Client(command) => at_client::run(command, surroundings, &mut output).await,
        Command::Staff(command) => staff::run(command, surroundings, &mut output).await,
        Command::Config(command) => config_check::run(&command, &mut output),
        Command::Rebit(command) => {
            rebit::run(command, &mut std::io::stdin().lock(), surroundings, &mut output)
        }
        Command::Envelope(command) => envelope::run(&command, surroundings, &mut output),
        Command::Jws(command) => jws::run(&command, &mut output),
        Command::Seed(command) => seed::run(&command, &mut output).await,
        Command::Store(command) => store::run(command, surroundings, &mut output).await,
        Command::Log(command) => store::run_log(command, &mut output).await,
    }
}
