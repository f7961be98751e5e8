//! Points of the child's work at which it can be killed.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::child::Line;

const POINT: &str = "MPP_CRASH_POINT";

/// Where the child is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Point {
    /// The store has been handed a commit and has not answered.
    CommitUnderWay,
    /// A commit was acknowledged and nobody was told.
    CommitUnsaid,
    /// A job is in hand and nothing of it done.
    JobInHand,
    /// A parcel's bytes are written, its record is not.
    BytesBeforeRecord,
    /// A parcel's record is gone, its bytes are not.
    BytesAfterRecord,
}

impl Point {
    pub const ALL: [Self; 5] = [
        Self::CommitUnderWay,
        Self::CommitUnsaid,
        Self::JobInHand,
        Self::BytesBeforeRecord,
        Self::BytesAfterRecord,
    ];
}

/// The point of this process, if it has one, and how many times it is still to be passed.
#[derive(Debug)]
pub struct Points {
    wanted: Option<Point>,
    left: AtomicU32,
}

impl Points {
    pub fn tell(command: &mut Command, point: Option<(Point, u32)>) {
        if let Some(point) = point {
            command.env(POINT, serde_json::to_string(&point).unwrap());
        }
    }

    pub fn told() -> Self {
        let told = std::env::var(POINT).ok();
        let point: Option<(Point, u32)> = told.map(|text| serde_json::from_str(&text).unwrap());
        Self {
            wanted: point.map(|(point, _)| point),
            left: AtomicU32::new(point.map_or(0, |(_, passed)| passed)),
        }
    }

    /// Whether it is the time to say that the point is reached.
    pub fn reached(&self, point: Point) -> bool {
        let counted = |left: u32| left.checked_sub(1);
        self.wanted == Some(point)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, counted).is_err()
    }

    /// Goes past the point, or waits there to be killed.
    pub async fn pass(&self, point: Point) {
        if self.reached(point) {
            Line::At(point).say();
            std::future::pending::<()>().await;
        }
    }
}
