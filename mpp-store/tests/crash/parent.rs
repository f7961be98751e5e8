//! Starts the child, kills it, opens what is left, and compares it with what was acknowledged.

use std::io::{BufRead as _, BufReader};

use mpp_store::conformance::run as run_async;

use super::backend::{Backend, Ground};
use super::books::Books;
use super::child::{self, Line, Task};
use super::parcels::ParcelBooks;
use super::points::Point;

/// When something is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The child, while it opens the store, which another killed one left.
    Opening,
    /// The child, as soon as the store is open.
    Open,
    /// The child, after so many acknowledged commits, and a short while of chance.
    Commits(u64),
    /// The child, when it comes to this point after it was there so many times.
    Named(Point, u32),
    /// The server, after so many acknowledged commits; and the child when it has gone on after that.
    Server(u64),
}

impl Moment {
    fn of_chance(chance: &mut Chance, has_server: bool) -> Self {
        // now and then a long life
        let most = if chance.below(10) == 0 { 600 } else { 120 };
        let commits = 1 + chance.below(most);
        let (kind, point, passed) = (chance.below(20), chance.below(5), chance.below(20));
        match kind {
            0 => Self::Opening,
            1 => Self::Open,
            2..=7 => {
                let point = Point::ALL[usize::try_from(point).unwrap()];
                Self::Named(point, u32::try_from(passed).unwrap())
            }
            8..=12 if has_server => Self::Server(commits),
            _ => Self::Commits(commits),
        }
    }

    fn has_come(self, line: Line, commits: u64) -> bool {
        match self {
            Self::Opening => line == Line::Opening,
            Self::Open => line == Line::Open,
            Self::Commits(wanted) | Self::Server(wanted) => commits >= wanted,
            Self::Named(point, _) => line == Line::At(point),
        }
    }
}

/// Kills so many times, and fails at the first thing that is not as it must be.
pub fn run(backend: Backend, kills: u32, seed: u64) {
    let mut ground = Ground::fresh(backend);
    let (mut books, mut parcel_books) = (Books::default(), ParcelBooks::default());
    let (mut chance, mut named, mut of_server) = (Chance(seed), 0, 0);
    for round in 0..kills {
        let moment = Moment::of_chance(&mut chance, ground.has_server());
        named += u32::from(matches!(moment, Moment::Named(..)));
        of_server += u32::from(matches!(moment, Moment::Server(_)));
        let pause = chance.below(40_000);
        let lines = kill(&mut ground, round, moment, pause);
        books.note(&lines);
        let place = &ground.place;
        run_async(async {
            place.until_quiet().await;
            let store = place.open().await;
            books.check_round(&*store, round).await;
            parcel_books.check_round(&*store, &place.parcels(), round).await;
        });
    }
    run_async(async {
        let store = ground.place.open().await;
        books.check_all(&*store).await;
    });
    println!(
        "{backend}: {kills} kills ({named} at named points, {of_server} of the server), {books}, {parcel_books}"
    );
}

/// Everything the child said before it was killed.
fn kill(ground: &mut Ground, round: u32, moment: Moment, pause: u64) -> Vec<Line> {
    let point = if let Moment::Named(point, passed) = moment { Some((point, passed)) } else { None };
    let task = Task { round, point, survives: matches!(moment, Moment::Server(_)) };
    let mut child = child::command(&ground.place, task).spawn().unwrap();
    let mut texts = BufReader::new(child.stdout.take().unwrap()).lines().map(|text| text.unwrap());
    let mut lines = Vec::new();
    let mut commits = 0;
    hear(&mut texts, &mut lines, |line| {
        commits += u64::from(matches!(line, Line::Written { .. } | Line::Done { .. }));
        moment.has_come(line, commits)
    })
    .unwrap_or_else(|| panic!("round {round}: the child ended by itself ({moment:?})"));
    for _ in 0..pause {
        std::hint::spin_loop();
    }
    if matches!(moment, Moment::Server(_)) {
        ground.kill_server();
        hear(&mut texts, &mut lines, |line| line == Line::Survived)
            .unwrap_or_else(|| panic!("round {round}: the child ended with the server"));
    }
    // SIGKILL
    child.kill().unwrap();
    // what was said and not yet heard was acknowledged, too
    lines.extend(texts.filter_map(|text| Line::read(&text)));
    child.wait().unwrap();
    lines
}

/// Listens until a line is the one that is waited for; `None` when the child says nothing more.
fn hear(
    texts: &mut impl Iterator<Item = String>,
    lines: &mut Vec<Line>,
    mut is_it: impl FnMut(Line) -> bool,
) -> Option<()> {
    loop {
        let Some(line) = Line::read(&texts.next()?) else { continue };
        lines.push(line);
        if is_it(line) {
            return Some(());
        }
    }
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
