//! `mpp`: the operator's command. See `docs/cli.md`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use mpp_server::operator::{Arguments, Failure, Surroundings, run};
use mpp_server::runtime::{SystemClock, SystemEntropy};
use mpp_transport::{ConnectionSettings, ReqwestTransport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match work(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("mpp: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn work(arguments: Arguments) -> Result<(), Failure> {
    let transport = ReqwestTransport::new(ConnectionSettings::default()).map_err(mpp_api::ApiError::from)?;
    let surroundings = Surroundings {
        transport: Arc::new(transport),
        entropy: Arc::new(SystemEntropy),
        clock: Arc::new(SystemClock),
    };
    run(arguments, &surroundings, &mut std::io::stdout()).await
}
