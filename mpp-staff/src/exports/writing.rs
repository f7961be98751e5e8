//! Making a file: what whoever reads the list hands over. Only the session that began a file makes it.

use mpp_core::ExportId;
use mpp_store::{PartNumber, RecordReaderExt, Versioned};

use super::record::{ExportRecord, ExportStanding, storage};
use super::{ATTEMPTS, ExportEnd, ExportPart, ExportRefused, LARGEST_EXPORT, LARGEST_PART, conflict};
use crate::{Person, StaffDesk, StaffError};

impl StaffDesk {
    /// Adds the next bytes to a file. Adding the same again after an answer that was lost changes nothing.
    ///
    /// # Errors
    /// [`ExportRefused::Ended`] when it was stopped; [`ExportRefused::TooLarge`], and then it has ended;
    /// [`StaffError::Invalid`]; [`StaffError::NotFound`].
    pub async fn add_to_export(
        &self,
        person: &Person,
        id: ExportId,
        part: ExportPart,
    ) -> Result<(), StaffError> {
        if part.bytes.is_empty() || part.bytes.len() > LARGEST_PART {
            return Err(StaffError::Invalid("the length of the part"));
        }
        for _ in 0..ATTEMPTS {
            let read = self.being_made(person, id).await?;
            if read.record.parts == part.part.saturating_add(1) {
                return Ok(());
            }
            if read.record.parts != part.part {
                return Err(StaffError::Invalid("the number of the part"));
            }
            match self.add_part(read, &part).await {
                Err(error) if error.is_conflict() => self.discard_if_ended(id).await?,
                added => return added,
            }
        }
        Err(conflict(id))
    }

    /// Says how many rows a file has so far, and that it is still being made.
    ///
    /// # Errors
    /// [`ExportRefused::Ended`]; [`StaffError::NotFound`].
    pub async fn note_export(&self, person: &Person, id: ExportId, rows: u64) -> Result<(), StaffError> {
        self.change_export(person, id, |record| ExportRecord { rows, ..record }).await
    }

    /// The file is whole.
    ///
    /// # Errors
    /// Like [`StaffDesk::note_export`].
    pub async fn finish_export(&self, person: &Person, id: ExportId, rows: u64) -> Result<(), StaffError> {
        if self.being_made(person, id).await?.record.parts == 0 {
            return Err(StaffError::Invalid("a file without bytes"));
        }
        let standing = ExportStanding::Ready { at: self.now() };
        self.change_export(person, id, |record| ExportRecord { rows, standing, ..record }).await
    }

    async fn change_export(
        &self,
        person: &Person,
        id: ExportId,
        change: impl Fn(ExportRecord) -> ExportRecord + Send,
    ) -> Result<(), StaffError> {
        for _ in 0..ATTEMPTS {
            let Versioned { version, record, .. } = self.being_made(person, id).await?;
            let record = ExportRecord { touched_at: self.now(), ..change(record) };
            match self.write_export(version, record).await {
                Err(error) if error.is_conflict() => {}
                changed => return changed,
            }
        }
        Err(conflict(id))
    }

    async fn being_made(&self, person: &Person, id: ExportId) -> Result<Versioned<ExportRecord>, StaffError> {
        let read = self.own_export(&person.id, id).await?;
        let working =
            read.record.standing == ExportStanding::Working && read.record.session == person.session;
        if working { Ok(read) } else { Err(ExportRefused::Ended.into()) }
    }

    async fn add_part(&self, read: Versioned<ExportRecord>, part: &ExportPart) -> Result<(), StaffError> {
        let (id, version) = (read.record.id, read.version);
        let length = u64::try_from(part.bytes.len()).unwrap_or(u64::MAX);
        let bytes = read.record.bytes.saturating_add(length);
        if bytes > LARGEST_EXPORT {
            self.end_export(read, ExportEnd::TooLarge).await?;
            return Err(ExportRefused::TooLarge.into());
        }
        // a record comes before its bytes, and says of a part only once it is stored
        self.files().put_part(storage(id), PartNumber(part.part), part.bytes.clone()).await?;
        let parts = part.part.saturating_add(1);
        let touched_at = self.now();
        let record = ExportRecord { parts, bytes, rows: part.rows, touched_at, ..read.record };
        self.write_export(version, record).await
    }

    /// Somebody ended or removed the file while a part was being stored: nothing may be left of it.
    async fn discard_if_ended(&self, id: ExportId) -> Result<(), StaffError> {
        let read = self.store().get::<ExportRecord>(&ExportRecord::key_of(id)).await?;
        if !read.is_some_and(|read| read.record.standing == ExportStanding::Working) {
            self.files().remove(storage(id)).await?;
        }
        Ok(())
    }
}
