//! Starts the child, kills it, opens what is left, and compares it with what was acknowledged.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use mpp_store::conformance::run as run_async;

use super::backend::Backend;
use super::books::Books;
use super::child::{self, Line};

/// When the child is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// While it opens the store, which another killed one left.
    Opening,
    /// As soon as the store is open.
    Open,
    /// After so many acknowledged commits, and a short while of chance.
    Commits(u64),
}

/// Kills so many times, and fails at the first thing that is not as it must be.
pub fn run(backend: Backend, kills: u32, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut books = Books::default();
    let mut chance = Chance(seed);
    for round in 0..kills {
        // now and then a long life
        let most = if chance.below(10) == 0 { 600 } else { 120 };
        let moment = match chance.below(20) {
            0 => Moment::Opening,
            1 => Moment::Open,
            _ => Moment::Commits(1 + chance.below(most)),
        };
        let pause = chance.below(40_000);
        let lines = kill_child(backend, folder.path(), round, moment, pause);
        books.note(&lines);
        run_async(async {
            let store = backend.open(folder.path()).await;
            books.check_round(&*store, round).await;
        });
    }
    run_async(async {
        let store = backend.open(folder.path()).await;
        books.check_all(&*store).await;
    });
    println!("{backend}: {kills} kills, {books}");
}

/// Everything the child said before it was killed.
fn kill_child(backend: Backend, folder: &Path, round: u32, moment: Moment, pause: u64) -> Vec<Line> {
    let mut child = child::command(backend, folder, round).spawn().unwrap();
    let mut texts = BufReader::new(child.stdout.take().unwrap()).lines().map(|text| text.unwrap());
    let mut lines = Vec::new();
    let mut commits = 0;
    loop {
        let Some(text) = texts.next() else {
            panic!("round {round}: the child ended by itself ({moment:?})")
        };
        let Some(line) = Line::read(&text) else { continue };
        lines.push(line);
        commits += u64::from(matches!(line, Line::Written { .. } | Line::Done { .. }));
        let come = match moment {
            Moment::Opening => line == Line::Opening,
            Moment::Open => line == Line::Open,
            Moment::Commits(wanted) => commits >= wanted,
        };
        if come {
            break;
        }
    }
    for _ in 0..pause {
        std::hint::spin_loop();
    }
    // SIGKILL
    child.kill().unwrap();
    // what was said and not yet heard was acknowledged, too
    lines.extend(texts.filter_map(|text| Line::read(&text)));
    child.wait().unwrap();
    lines
}

/// Chance that is the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
