//! Files that staff have made of lists. A portal reads the list as the person and hands over rows and bytes; what is kept here
//! can be seen from every node: a record of how far it is, and the bytes, each file under a key of its own.
//!
//! | standing | how it came to be |
//! | --- | --- |
//! | working | somebody is reading the list; says so once in a while |
//! | ready | the file is whole |
//! | ended | stopped, failed, or nobody said anything for a minute ([`ExportEnd`] says which); no bytes are left |
//!
//! Working goes to ready or ended, ready to ended when its person loses a role. Every file is over a day after it was begun.
//! Then, when its person removes it, and when its person's account is shut or invited again, its key is destroyed first, then its bytes, then its record.

mod record;
mod refused;
mod writing;

use bytes::Bytes;
use mpp_core::{ExportId, Span, StaffId, Timestamp};
use mpp_crypto::sha256;
use mpp_store::{
    ByteStream, IndexValue, ListOrder, Page, ParcelBytesExt, RecordReaderExt, StoreError, Versioned,
    WriteBatch,
};

use crate::audit::{Happening, Told};
use crate::session::{BY_ID, SessionRecord};
use crate::{Person, StaffDesk, StaffError};

pub(crate) use record::ExportRecord;
pub use record::{Export, ExportEnd, ExportFormat, ExportStanding, NewExport};
pub use refused::ExportRefused;

use record::{About, BY_STAFF};

/// How many files a person keeps at most, whatever their standing.
pub const MOST_EXPORTS: usize = 20;
/// How many of a person's files are made at once.
pub const MOST_WORKING: usize = 3;
/// The most bytes of a file.
pub const LARGEST_EXPORT: u64 = 512 * 1024 * 1024;
/// The most bytes handed over at once.
pub const LARGEST_PART: usize = 512 * 1024;

/// How long a file is kept, from its beginning on.
const KEPT: Span = Span::from_hours(24);
/// How long nobody may say anything before whoever made the file is taken for gone.
const SILENCE: Span = Span::from_seconds(60);
/// How often is decided again when somebody else was faster.
const ATTEMPTS: u32 = 8;

impl StaffDesk {
    /// A person's files, the newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn exports(&self, staff: &StaffId) -> Result<Vec<Export>, StaffError> {
        let kept = self.kept_exports(staff).await?;
        kept.into_iter().rev().map(|record| self.shown(record)).collect()
    }

    /// One of a person's own files.
    ///
    /// # Errors
    /// [`StaffError::NotFound`], also for those of others and those that are over.
    pub async fn export(&self, staff: &StaffId, id: ExportId) -> Result<Export, StaffError> {
        self.shown(self.own_export(staff, id).await?.record)
    }

    /// Begins a file, or gives the one that is being made under the same `once`. The second value says whether it was begun.
    /// One that has ended and is replaced goes as this one begins, and is not counted.
    ///
    /// # Errors
    /// [`StaffError::Invalid`]; [`ExportRefused::TooMany`]; [`ExportRefused::TooManyWorking`].
    pub async fn start_export(&self, person: &Person, new: NewExport) -> Result<(Export, bool), StaffError> {
        new.check()?;
        let once = sha256(format!("{}\n{}", person.id, new.once).as_bytes());
        for _ in 0..ATTEMPTS {
            let kept = self.kept_exports(&person.id).await?;
            let working = || kept.iter().filter(|record| record.standing == ExportStanding::Working);
            if let Some(same) = working().find(|record| record.once == once) {
                return Ok((self.shown(same.clone())?, false));
            }
            if working().count() >= MOST_WORKING {
                return Err(ExportRefused::TooManyWorking.into());
            }
            let old = self.replaced(&person.id, &new).await?;
            let slot = match &old {
                Some(old) => old.record.slot,
                None => free_slot(&kept).ok_or(ExportRefused::TooMany)?,
            };
            match self.begin(person, &new, (once, slot), old).await {
                // two of one person were begun at once: the slot is taken, or the same form was sent twice
                Err(error) if error.is_conflict() => {}
                begun => return Ok((self.shown(begun?)?, true)),
            }
        }
        Err(ExportRefused::TooManyWorking.into())
    }

    /// What goes as a file begins: without its bytes, if any were left when it ended.
    async fn replaced(
        &self,
        staff: &StaffId,
        new: &NewExport,
    ) -> Result<Option<Versioned<ExportRecord>>, StaffError> {
        let Some(id) = new.replaces else { return Ok(None) };
        let old = match self.own_export(staff, id).await {
            Err(StaffError::NotFound) => None,
            old => Some(old?),
        };
        let old = old.filter(|read| matches!(read.record.standing, ExportStanding::Ended { .. }));
        if old.is_some() {
            self.files().remove(record::storage(id)).await?;
        }
        Ok(old)
    }

    /// What a person keeps, without what is over.
    async fn kept_exports(&self, staff: &StaffId) -> Result<Vec<ExportRecord>, StaffError> {
        let mut kept = Vec::new();
        for read in self.exports_of(staff).await? {
            if read.record.over(self.now()) {
                self.drop_export(read.record.id).await?;
            } else if let Some(read) = self.settled(read).await? {
                kept.push(read.record);
            }
        }
        Ok(kept)
    }

    /// The bytes of a file that is ready. One that is removed while it is read ends the stream with an error.
    ///
    /// # Errors
    /// [`ExportRefused::Unfinished`]; [`StaffError::NotFound`].
    pub async fn export_file(&self, staff: &StaffId, id: ExportId) -> Result<ByteStream, StaffError> {
        let read = self.own_export(staff, id).await?;
        if !matches!(read.record.standing, ExportStanding::Ready { .. }) {
            return Err(ExportRefused::Unfinished.into());
        }
        Ok(self.files().read(record::storage(id), 0).await?)
    }

    /// Ends a file that is being made; nothing is left of its bytes. One that has come to its end stays as it is.
    ///
    /// # Errors
    /// [`StaffError::NotFound`].
    pub async fn stop_export(&self, staff: &StaffId, id: ExportId, why: ExportEnd) -> Result<(), StaffError> {
        for _ in 0..ATTEMPTS {
            let read = self.own_export(staff, id).await?;
            if read.record.standing != ExportStanding::Working {
                return Ok(());
            }
            match self.end_export(read, why).await {
                Err(error) if error.is_conflict() => {}
                ended => return ended,
            }
        }
        Err(conflict(id))
    }

    /// Removes a file: its key, its bytes, its record.
    ///
    /// # Errors
    /// [`StaffError::NotFound`].
    pub async fn remove_export(&self, staff: &StaffId, id: ExportId) -> Result<(), StaffError> {
        self.own_export(staff, id).await?;
        self.drop_export(id).await
    }

    /// Ends all files of a person, also those that are ready.
    pub(crate) async fn end_exports_of(&self, staff: &StaffId, why: ExportEnd) -> Result<(), StaffError> {
        for read in self.exports_of(staff).await? {
            let mut read = Some(read);
            while let Some(open) = read.take() {
                if matches!(open.record.standing, ExportStanding::Ended { .. }) {
                    break;
                }
                let id = open.record.id;
                match self.end_export(open, why).await {
                    Err(error) if error.is_conflict() => {
                        read = self.store().get::<ExportRecord>(&ExportRecord::key_of(id)).await?;
                    }
                    ended => ended?,
                }
            }
        }
        Ok(())
    }

    /// Removes all files of a person.
    pub(crate) async fn remove_exports_of(&self, staff: &StaffId) -> Result<(), StaffError> {
        for read in self.exports_of(staff).await? {
            self.drop_export(read.record.id).await?;
        }
        Ok(())
    }

    /// Removes the files whose time is over, and ends those nobody makes any more; gives how many were removed.
    pub(crate) async fn forget_exports(&self) -> Result<u64, StaffError> {
        let (mut forgotten, mut after) = (0_u64, None);
        loop {
            let page: Page<Versioned<ExportRecord>> =
                self.store().all(ListOrder::OldestFirst, after, 100).await?;
            for read in page.items {
                if read.record.over(self.now()) {
                    self.drop_export(read.record.id).await?;
                    forgotten = forgotten.saturating_add(1);
                } else {
                    self.settled(read).await?;
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(forgotten),
            }
        }
    }

    async fn exports_of(&self, staff: &StaffId) -> Result<Vec<Versioned<ExportRecord>>, StaffError> {
        Ok(self.store().every_by_index::<ExportRecord>(BY_STAFF, IndexValue::new(staff)).await?)
    }

    async fn own_export(&self, staff: &StaffId, id: ExportId) -> Result<Versioned<ExportRecord>, StaffError> {
        let read = self.store().get::<ExportRecord>(&ExportRecord::key_of(id)).await?;
        let own =
            |read: &Versioned<ExportRecord>| read.record.staff == *staff && !read.record.over(self.now());
        let read = read.filter(own).ok_or(StaffError::NotFound)?;
        self.settled(read).await?.ok_or(StaffError::NotFound)
    }

    /// The file as it stands: what nobody makes any more is ended first. `None` when it is gone.
    async fn settled(
        &self,
        mut read: Versioned<ExportRecord>,
    ) -> Result<Option<Versioned<ExportRecord>>, StaffError> {
        let key = ExportRecord::key_of(read.record.id);
        for _ in 0..ATTEMPTS {
            let Some(why) = self.should_end(&read.record).await? else { return Ok(Some(read)) };
            match self.end_export(read, why).await {
                Err(error) if !error.is_conflict() => return Err(error),
                _ => {}
            }
            let Some(again) = self.store().get::<ExportRecord>(&key).await? else { return Ok(None) };
            read = again;
        }
        Ok(Some(read))
    }

    async fn should_end(&self, export: &ExportRecord) -> Result<Option<ExportEnd>, StaffError> {
        if export.standing != ExportStanding::Working {
            return Ok(None);
        }
        if let Some(session) = export.session {
            let value = IndexValue::new(session);
            let session = self.store().first_by_index::<SessionRecord>(BY_ID, value).await?;
            if !session.is_some_and(|read| read.record.holds(self.now())) {
                return Ok(Some(ExportEnd::SessionEnded));
            }
        }
        let silent = self.now().since(export.touched_at) > SILENCE;
        Ok(silent.then_some(ExportEnd::Interrupted))
    }

    async fn begin(
        &self,
        person: &Person,
        new: &NewExport,
        (once, slot): (mpp_core::Sha256Digest, u32),
        old: Option<Versioned<ExportRecord>>,
    ) -> Result<ExportRecord, StaffError> {
        let id = ExportId::generate(self.entropy());
        let now = self.now();
        let record = ExportRecord {
            id,
            staff: person.id.clone(),
            session: person.session,
            list: new.list.clone(),
            format: new.format,
            about: self.vault().seal(&record::place(&ExportRecord::key_of(id)), &About::of(new))?,
            once,
            slot,
            rows: 0,
            of: new.of,
            bytes: 0,
            parts: 0,
            begun_at: now,
            touched_at: now,
            standing: ExportStanding::Working,
        };
        let mut batch = WriteBatch::new();
        if let Some(old) = old {
            // before the new one, which takes its slot
            batch.delete::<ExportRecord>(&ExportRecord::key_of(old.record.id), old.version);
        }
        batch.insert(&record);
        let detail = format!("{} {}", new.list, new.format.name());
        let told = Told {
            action: Happening::ExportStarted,
            actor: Some(&person.id),
            staff: Some(&person.id),
            detail: Some(&detail),
        };
        batch.audit(told.at(now));
        self.store().commit(batch).await?;
        Ok(record)
    }

    async fn end_export(&self, read: Versioned<ExportRecord>, why: ExportEnd) -> Result<(), StaffError> {
        let id = read.record.id;
        let standing = ExportStanding::Ended { at: self.now(), why };
        self.write_export(read.version, ExportRecord { standing, ..read.record }).await?;
        Ok(self.files().remove(record::storage(id)).await?)
    }

    /// Writes a file's record, with its sealed part under the present epoch.
    async fn write_export(
        &self,
        version: mpp_store::Version,
        record: ExportRecord,
    ) -> Result<(), StaffError> {
        let place_key = ExportRecord::key_of(record.id);
        let about = self.vault().seal_anew(&record::place(&place_key), &record.about)?;
        let mut batch = WriteBatch::new();
        batch.update(version, &ExportRecord { about, ..record });
        self.store().commit(batch).await?;
        Ok(())
    }

    /// Key and bytes first: a record whose bytes are gone is removed by the next look, bytes without a record by nobody.
    async fn drop_export(&self, id: ExportId) -> Result<(), StaffError> {
        let key = ExportRecord::key_of(id);
        for _ in 0..ATTEMPTS {
            self.files().remove(record::storage(id)).await?;
            let Some(read) = self.store().get::<ExportRecord>(&key).await? else { return Ok(()) };
            let mut batch = WriteBatch::new();
            batch.delete::<ExportRecord>(&key, read.version);
            match self.store().commit(batch).await {
                // who writes at this moment may have stored a part: it is removed in the next turn
                Err(error) if error.is_conflict() => {}
                removed => return removed.map(drop).map_err(StaffError::from),
            }
        }
        Err(conflict(id))
    }

    fn shown(&self, record: ExportRecord) -> Result<Export, StaffError> {
        let place_key = ExportRecord::key_of(record.id);
        let about: About = self.vault().open(&record::place(&place_key), &record.about)?;
        Ok(record.shown(about, KEPT))
    }
}

fn free_slot(kept: &[ExportRecord]) -> Option<u32> {
    (0..).take(MOST_EXPORTS).find(|slot| kept.iter().all(|record| record.slot != *slot))
}

fn conflict(id: ExportId) -> StaffError {
    StoreError::Conflict { kind: <ExportRecord as mpp_store::Record>::KIND, key: ExportRecord::key_of(id) }
        .into()
}

impl ExportRecord {
    fn over(&self, now: Timestamp) -> bool {
        now.since(self.begun_at) >= KEPT
    }
}

/// Bytes on their way into a file.
#[derive(Debug, Clone)]
pub struct ExportPart {
    /// Its place in the file, from 0.
    pub part: u32,
    /// How many rows the file has with it.
    pub rows: u64,
    /// At most [`LARGEST_PART`] of them.
    pub bytes: Bytes,
}

#[cfg(test)]
mod tests;
