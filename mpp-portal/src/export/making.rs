//! Making a file: the list is read page after page as the person, and what was written is handed to the interface.

use std::time::Duration;

use axum::body::Bytes;
use futures::future::{Either, select};
use mpp_api::ApiError;
use mpp_api::desk::{DeskClient, LARGEST_EXPORT_PART, StopExport};
use mpp_core::{ExportId, Span, Timestamp};

use super::xlsx::{self, XlsxError};
use super::{Ending, MOST_ROWS, Pages, Part, csv};
use crate::portal::Portal;
use crate::signed::Signed;
use crate::view::Table;

/// How often the interface is told how far a file is: after this time or after so many pages, whatever comes first. Who says
/// nothing for a minute is taken for gone.
const NOTED_EVERY: Span = Span::from_seconds(1);
const NOTED_EVERY_PAGES: u32 = 10;
/// How often it is told so while a workbook is pressed together.
const PRESSING: Duration = Duration::from_secs(5);

/// A file that is to be made.
pub(super) struct Making {
    pub(super) signed: Signed,
    pub(super) id: ExportId,
    pub(super) ending: Ending,
    /// The name of the file, which a workbook's sheet has too.
    pub(super) name: String,
    /// The first page, which was read already.
    pub(super) first: Part,
    pub(super) pages: Pages,
}

/// Why a file is not made to its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    /// A page of the list cannot be read.
    #[error("a page of the list cannot be read")]
    Unread(#[source] ApiError),
    /// The interface does not take what was written.
    #[error("what was written is not taken")]
    Untaken(#[source] ApiError),
    /// There can be no workbook of it.
    #[error(transparent)]
    NoBook(#[from] XlsxError),
    /// The workbook was not pressed together.
    #[error("the workbook was given up")]
    GivenUp,
}

impl Broken {
    /// What the interface is told; nothing when it knows: the session or the file has ended there.
    fn reason(&self) -> Option<&'static str> {
        let (Self::Unread(error) | Self::Untaken(error)) = self else {
            return Some(if let Self::NoBook(error) = self { error.reason() } else { "sheet_unwritten" });
        };
        match (self, error.code()) {
            (_, Some("unauthenticated")) => None,
            (_, Some("role_missing")) => Some("role_missing"),
            (Self::Untaken(_), Some("export_ended" | "export_too_large" | "not_found")) => None,
            _ => Some("unread"),
        }
    }
}

impl Making {
    /// Makes the file; whether it is ready then. When the server stops, the file is said to be interrupted, and made again
    /// when its person wishes so.
    pub(super) async fn make(self) -> bool {
        let (desk, id, stopping) = (self.signed.desk(), self.id, self.signed.portal.stopping());
        let reason = match select(Box::pin(self.written()), stopping).await {
            Either::Left((Ok(()), _)) => return true,
            Either::Left((Err(broken), _)) => {
                if broken.reason() == Some("unread") || matches!(broken, Broken::GivenUp) {
                    let cause: &dyn std::error::Error = &broken;
                    tracing::warn!(error = cause, export.id = %id, "a file of a list could not be made");
                }
                broken.reason()
            }
            Either::Right(_) => Some("interrupted"),
        };
        if let Some(reason) = reason
            && let Err(error) = desk.stop_export(id, &StopExport { reason: reason.to_owned() }).await
        {
            // it ends by itself: nobody says any more that it is being made
            tracing::debug!(%error, export.id = %id, "that a file of a list has ended could not be told");
        }
        false
    }

    async fn written(self) -> Result<(), Broken> {
        let Self { signed, id, ending, name, first, pages } = self;
        let sink = Sink::new(signed.desk(), id, signed.portal.clone());
        match ending {
            Ending::Csv => as_csv(sink, first, pages).await,
            Ending::Xlsx => as_workbook(sink, &name, first, pages).await,
        }
    }
}

async fn as_csv(mut sink: Sink, (table, mut next): Part, mut pages: Pages) -> Result<(), Broken> {
    sink.count(&table);
    sink.take(csv::whole(&table).as_bytes()).await?;
    while let Some(after) = next {
        let (table, following) = pages(Some(after)).await.map_err(Broken::Unread)?;
        sink.count(&table);
        sink.take(csv::lines(&table).as_bytes()).await?;
        sink.note().await?;
        next = following;
    }
    sink.end().await
}

/// A part of a workbook could not be opened, so nothing is handed over before it is whole.
async fn as_workbook(
    mut sink: Sink,
    name: &str,
    (table, mut next): Part,
    mut pages: Pages,
) -> Result<(), Broken> {
    let mut book = xlsx::Writing::begin(name, MOST_ROWS)?;
    book.add(&table)?;
    sink.count(&table);
    while let Some(after) = next {
        let (table, following) = pages(Some(after)).await.map_err(Broken::Unread)?;
        book.add(&table)?;
        sink.count(&table);
        sink.note().await?;
        next = following;
    }
    let mut pressing = tokio::task::spawn_blocking(move || book.whole());
    let bytes = loop {
        match tokio::time::timeout(PRESSING, &mut pressing).await {
            Ok(pressed) => break pressed.map_err(|_| Broken::GivenUp)??,
            Err(_) => sink.note_now().await?,
        }
    };
    sink.take(&bytes).await?;
    sink.end().await
}

/// Hands over what is written, in parts, and how far it is.
struct Sink {
    desk: DeskClient,
    id: ExportId,
    portal: Portal,
    part: u32,
    rows: u64,
    waiting: Vec<u8>,
    noted_at: Timestamp,
    pages: u32,
}

impl Sink {
    fn new(desk: DeskClient, id: ExportId, portal: Portal) -> Self {
        let noted_at = portal.now();
        Self { desk, id, portal, part: 0, rows: 0, waiting: Vec::new(), noted_at, pages: 0 }
    }

    fn count(&mut self, table: &Table) {
        self.rows = self.rows.saturating_add(u64::try_from(table.rows.len()).unwrap_or(u64::MAX));
    }

    async fn take(&mut self, mut bytes: &[u8]) -> Result<(), Broken> {
        while !bytes.is_empty() {
            let room = LARGEST_EXPORT_PART.saturating_sub(self.waiting.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.waiting.extend_from_slice(now);
            bytes = later;
            if self.waiting.len() >= LARGEST_EXPORT_PART {
                self.hand_over().await?;
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self) -> Result<(), Broken> {
        let bytes = Bytes::from(std::mem::take(&mut self.waiting));
        let added = self.desk.add_to_export(self.id, self.part, self.rows, bytes).await;
        added.map_err(Broken::Untaken)?;
        self.part = self.part.saturating_add(1);
        self.is_noted();
        Ok(())
    }

    async fn note(&mut self) -> Result<(), Broken> {
        self.pages = self.pages.saturating_add(1);
        let due = self.portal.now().since(self.noted_at) >= NOTED_EVERY || self.pages >= NOTED_EVERY_PAGES;
        if due { self.note_now().await } else { Ok(()) }
    }

    async fn note_now(&mut self) -> Result<(), Broken> {
        self.desk.note_export(self.id, self.rows).await.map_err(Broken::Untaken)?;
        self.is_noted();
        Ok(())
    }

    fn is_noted(&mut self) {
        self.noted_at = self.portal.now();
        self.pages = 0;
    }

    async fn end(mut self) -> Result<(), Broken> {
        if !self.waiting.is_empty() {
            self.hand_over().await?;
        }
        self.desk.finish_export(self.id, self.rows).await.map_err(Broken::Untaken)
    }
}
