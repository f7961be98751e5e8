//! A process that does nothing but rotate is killed with SIGKILL, in the middle of every sort of step.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use mpp_core::Span;
use mpp_store::conformance::run;
use mpp_store::{Rotated, Stage};

use crate::Random;
use crate::server::{Backend, Kind, Place, on_each};

on_each!([sqlite: Sqlite, sled: Sled, postgres: Postgres], [killed_at_any_moment_nothing_is_lost]);

const FOLDER: &str = "MPP_STORE_TEST_EPOCHS";
const BACKEND: &str = "MPP_STORE_TEST_EPOCHS_BACKEND";
const PEOPLE: u32 = 150;
const KILLS: usize = 24;

/// Ignored, because it is started by the test below.
#[test]
#[ignore = "started by the other test as a process of its own"]
fn rotating_process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let backend = Backend::told(&std::env::var(BACKEND).unwrap());
    let place = Place::with_entropy(backend, Path::new(&folder), Arc::new(Random));
    run(async {
        let server = place.open().await;
        loop {
            let (rotation, mut rotated, mut stage) = (server.rotation(), Rotated::default(), Stage::Start);
            rotation.begin().unwrap();
            while stage != Stage::Done {
                // whoever reads this kills the process while it does the step
                let mut out = std::io::stdout().lock();
                writeln!(out, "step {}", name(&stage)).unwrap();
                out.flush().unwrap();
                drop(out);
                stage = rotation.step(stage, &mut rotated).await.unwrap();
            }
        }
    });
}

const fn name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Start => "start",
        Stage::ItemKeys(_) => "item-keys",
        Stage::Records { .. } => "records",
        Stage::Close { .. } => "close",
        Stage::Verify { .. } => "verify",
        Stage::End => "end",
        Stage::Done => "done",
    }
}

fn killed_at_any_moment_nothing_is_lost(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::random(kind, folder.path());
    run(async { place.open().await.fill(PEOPLE).await });
    let names = ["start", "item-keys", "records", "close", "verify", "end"];
    for kill in 0..KILLS {
        let wanted = format!("step {}", names[kill % names.len()]);
        // of some the second of the sort, or that of the next epoch
        kill_at(&place, &wanted, 1 + kill / names.len());
        run(async {
            let server = place.open().await;
            server.check_all(PEOPLE).await;
            assert!(server.rotation().when_due(Span::from_days(1)).await.unwrap().is_some());
            assert_eq!(place.epochs().len(), 1, "killed at {wanted}: {:?}", place.epochs());
            server.check_all(PEOPLE).await;
            server.check_current(PEOPLE).await;
        });
    }
}

fn kill_at(place: &Place, wanted: &str, occurrence: usize) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::rotating_process", "--ignored", "--nocapture"]);
    command.env(FOLDER, &place.folder).env(BACKEND, place.backend.name());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    for line in lines {
        seen += usize::from(line.unwrap().contains(wanted));
        if seen == occurrence {
            break;
        }
    }
    assert_eq!(seen, occurrence, "the process came that far");
    child.kill().unwrap();
    child.wait().unwrap();
}
