//! What the store costs, each figure beside what it is held against, measured in the same run: see
//! `docs/measurements/storage.md`. `cargo xtask bench store` starts the PostgreSQL server this needs and runs it.

mod clock;
mod commits;
mod growth;
mod journey;
mod numbers;
mod open_loop;
mod places;
mod queue;
mod table;
mod takeover;
mod yardsticks;

use std::error::Error;

use places::Places;
use table::Table;

/// What a measurement can end with.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(task) = takeover::told() {
        return runtime.block_on(takeover::hold(task));
    }
    // cargo starts benchmarks in its own runs, too, where there is no server
    let Some(places) = Places::told()? else {
        println!("MPP_POSTGRES names no server: run `cargo xtask bench store`");
        return Ok(());
    };
    let parts = std::env::var("MPP_BENCH_ONLY").unwrap_or_default();
    let mut table = Table::default();
    runtime.block_on(measure(&places, &parts, &mut table))?;
    table.print();
    Ok(())
}

/// Every part, or those whose letters are in `parts`.
async fn measure(places: &Places, parts: &str, table: &mut Table) -> Result<(), Failure> {
    let wanted = |part| parts.is_empty() || parts.contains(part);
    if wanted('a') {
        commits::postgres(places, table).await?;
    }
    if wanted('b') {
        commits::sqlite(places, table).await?;
    }
    if wanted('c') {
        commits::sled(places, table).await?;
    }
    if wanted('d') {
        queue::measure(places, table).await?;
    }
    if wanted('e') {
        takeover::measure(places, table).await?;
    }
    if wanted('f') {
        open_loop::measure(places, table).await?;
    }
    if wanted('g') {
        growth::measure(places, table).await?;
    }
    Ok(())
}
