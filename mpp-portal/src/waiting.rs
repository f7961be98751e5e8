//! Work that waits, as both portals show it.

use axum::response::Response;
use mpp_core::{JobId, Timestamp};

use crate::moment::counted;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, PostButton, Sheet, Table};

/// A job that waits for a person.
pub(crate) struct Parked {
    pub(crate) job: JobId,
    pub(crate) queue: String,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
    pub(crate) since: Timestamp,
}

/// The page of jobs that wait for a person.
pub(crate) fn parked_page(
    signed: &Signed,
    jobs: impl Iterator<Item = Parked>,
    after: Option<String>,
) -> Response {
    let words = signed.words;
    let columns = ["col.parked_at", "col.queue", "col.reason", "col.attempts", "col.job", "col.act"];
    let sheet = Sheet {
        lead: words.get("lead.parked").to_owned(),
        here: "/portal/parked",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.parked").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: jobs.map(|job| parked_row(signed, job)).collect(),
            empty: words.get("empty.parked").to_owned(),
        },
        next: after.map(|after| format!("{PREFIX}/parked?after={after}")),
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/parked", words.get("nav.parked")), sheet }.show()
}

fn parked_row(signed: &Signed, job: Parked) -> Vec<Cell> {
    let words = signed.words;
    let button = PostButton {
        action: format!("{PREFIX}/parked/{}/replay", job.job),
        label: words.get("act.replay").to_owned(),
        once: signed.portal.once(),
        grave: false,
    };
    let may_replay = signed.person.may("replay_work");
    vec![
        Cell::when(job.since, words),
        Cell::text(words.of("queue", &job.queue)),
        reason_cell(signed, job.reason),
        Cell::number(job.attempts.into()),
        Cell::id(job.job),
        if may_replay { Cell::Button(button) } else { Cell::Nothing },
    ]
}

/// Why it waits: in a word where there is one for the code that the sentence begins with.
fn reason_cell(signed: &Signed, reason: String) -> Cell {
    let code = reason.split_once(':').map(|(code, _)| code);
    let word = code.and_then(|code| Some((signed.words.find(&format!("refusal.{code}"))?, code)));
    match word {
        Some((word, code)) => Cell::text(format!("{word} ({code})")),
        None => Cell::text(reason),
    }
}

/// Queues that hold work: name, and how many jobs wait, are in hand, wait for a person, each counted so far.
pub(crate) fn queue_table<'a>(
    signed: &Signed,
    queues: impl Iterator<Item = (&'a str, u64, u64, u64)>,
    counted_to: u64,
) -> Table {
    let words = signed.words;
    let columns = ["col.queue", "col.waiting", "col.in_hand", "col.parked"];
    let row = |(queue, waiting, in_hand, parked): (&str, u64, u64, u64)| {
        let counts = [waiting, in_hand, parked].map(|count| Cell::Number(counted(count, counted_to)));
        std::iter::once(Cell::text(words.of("queue", queue))).chain(counts).collect()
    };
    Table {
        caption: words.get("caption.queues").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: queues.map(row).collect(),
        empty: words.get("empty.queues").to_owned(),
    }
}
