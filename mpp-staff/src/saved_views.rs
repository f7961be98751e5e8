//! Filters of lists that somebody keeps under a name. What was filtered by can be about a customer (a case reference), so
//! all of it is sealed; one record a person bounds how many there are.

use std::fmt;

use mpp_core::StaffId;
use mpp_crypto::at_rest::SealedField;
use mpp_store::{Record, RecordKey, RecordKind, RecordReaderExt, SealedRecord, Vault, Versioned, WriteBatch};
use serde::{Deserialize, Serialize};

use crate::{StaffDesk, StaffError};

/// How many views a person keeps at most.
pub const MOST_VIEWS: usize = 50;
/// The longest name of a view, in characters.
const LONGEST_NAME: usize = 60;
/// The longest path of a page and the longest query, in bytes.
const LONGEST_PAGE: usize = 60;
const LONGEST_QUERY: usize = 1_000;

/// A filter of a list under a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedView {
    /// The view's number among its owner's, never used again.
    pub number: u32,
    /// The page within the portal, as `/requests`.
    pub page: String,
    /// Its name.
    pub name: String,
    /// The filter as the query of the page's address, without the mark.
    pub query: String,
}

impl fmt::Debug for SavedView {
    /// Leaves out what is filtered by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedView").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Somebody's views as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SavedViewsRecord {
    pub(crate) staff: StaffId,
    /// The number the next view gets.
    pub(crate) next: u32,
    /// The views, sealed.
    pub(crate) views: SealedField,
}

impl SavedViewsRecord {
    const VIEWS: &'static str = "views";

    pub(crate) fn key_of(staff: &StaffId) -> RecordKey {
        RecordKey::new(staff)
    }
}

impl Record for SavedViewsRecord {
    const KIND: RecordKind = RecordKind::new("staff-saved-views");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.staff)
    }
}

impl SealedRecord for SavedViewsRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(Self::VIEWS, &mut self.views)]
    }
}

/// What somebody kept, and how it was read.
#[derive(Default)]
struct Kept {
    read: Option<Versioned<SavedViewsRecord>>,
    views: Vec<SavedView>,
}

impl StaffDesk {
    /// A person's views, in the order they were kept.
    ///
    /// # Errors
    /// When the store does not answer or the views cannot be opened.
    pub async fn saved_views(&self, staff: &StaffId) -> Result<Vec<SavedView>, StaffError> {
        Ok(self.kept(staff).await?.views)
    }

    /// Keeps a view. One of this name on the same page is replaced, so that saying it twice is saying it once.
    ///
    /// # Errors
    /// [`StaffError::Invalid`]; [`StaffError::TooManyViews`].
    pub async fn save_view(
        &self,
        staff: &StaffId,
        page: &str,
        name: &str,
        query: &str,
    ) -> Result<(), StaffError> {
        let name = checked_name(name)?;
        check_place(page, query)?;
        let mut kept = self.kept(staff).await?;
        if let Some(same) = kept.views.iter_mut().find(|view| view.page == page && view.name == name) {
            query.clone_into(&mut same.query);
            return self.keep(staff, kept).await;
        }
        if kept.views.len() >= MOST_VIEWS {
            return Err(StaffError::TooManyViews);
        }
        let number = kept.read.as_ref().map_or(1, |read| read.record.next);
        kept.views.push(SavedView { number, page: page.to_owned(), name, query: query.to_owned() });
        self.keep(staff, kept).await
    }

    /// Gives one of a person's own views another name.
    ///
    /// # Errors
    /// [`StaffError::NotFound`]; [`StaffError::Invalid`]; [`StaffError::ViewNameTaken`] by another of the same page.
    pub async fn rename_view(&self, staff: &StaffId, number: u32, name: &str) -> Result<(), StaffError> {
        let name = checked_name(name)?;
        let mut kept = self.kept(staff).await?;
        let view = kept.views.iter().find(|view| view.number == number).ok_or(StaffError::NotFound)?;
        let mut others = kept.views.iter().filter(|other| other.number != number && other.page == view.page);
        if others.any(|other| other.name == name) {
            return Err(StaffError::ViewNameTaken);
        }
        kept.views
            .iter_mut()
            .filter(|view| view.number == number)
            .for_each(|view| view.name.clone_from(&name));
        self.keep(staff, kept).await
    }

    /// Removes one of a person's own views.
    ///
    /// # Errors
    /// [`StaffError::NotFound`].
    pub async fn remove_view(&self, staff: &StaffId, number: u32) -> Result<(), StaffError> {
        let mut kept = self.kept(staff).await?;
        let before = kept.views.len();
        kept.views.retain(|view| view.number != number);
        if kept.views.len() == before {
            return Err(StaffError::NotFound);
        }
        self.keep(staff, kept).await
    }

    /// Removes all views of a person with the rest of a batch.
    pub(crate) async fn remove_views_in(
        &self,
        batch: &mut WriteBatch,
        staff: &StaffId,
    ) -> Result<(), StaffError> {
        let key = SavedViewsRecord::key_of(staff);
        if let Some(read) = self.store().get::<SavedViewsRecord>(&key).await? {
            batch.delete::<SavedViewsRecord>(&key, read.version);
        }
        Ok(())
    }

    async fn kept(&self, staff: &StaffId) -> Result<Kept, StaffError> {
        let key = SavedViewsRecord::key_of(staff);
        let Some(read) = self.store().get::<SavedViewsRecord>(&key).await? else {
            return Ok(Kept::default());
        };
        let place = Vault::place::<SavedViewsRecord>(&key, SavedViewsRecord::VIEWS);
        let views = self.vault().open(&place, &read.record.views)?;
        Ok(Kept { read: Some(read), views })
    }

    async fn keep(&self, staff: &StaffId, kept: Kept) -> Result<(), StaffError> {
        let key = SavedViewsRecord::key_of(staff);
        let place = Vault::place::<SavedViewsRecord>(&key, SavedViewsRecord::VIEWS);
        let highest = kept.views.iter().map(|view| view.number).max().unwrap_or(0).saturating_add(1);
        let next = kept.read.as_ref().map_or(highest, |read| read.record.next.max(highest));
        let views = self.vault().seal(&place, &kept.views)?;
        let record = SavedViewsRecord { staff: staff.clone(), next, views };
        let mut batch = WriteBatch::new();
        match kept.read {
            Some(read) => batch.update(read.version, &record),
            None => batch.insert(&record),
        };
        self.store().commit(batch).await?;
        Ok(())
    }
}

fn checked_name(name: &str) -> Result<String, StaffError> {
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned()).ok_or(StaffError::Invalid("the name"))
}

/// A page is a path of our own portal, never an address; a query has no sign that ends it.
fn check_place(page: &str, query: &str) -> Result<(), StaffError> {
    let of_page = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'/' | b'-');
    let path = page.starts_with('/') && !page.starts_with("//") && page.bytes().all(of_page);
    if !path || page.len() > LONGEST_PAGE {
        return Err(StaffError::Invalid("the page"));
    }
    let of_query = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*+%=&".contains(&byte);
    if query.is_empty() || query.len() > LONGEST_QUERY || !query.bytes().all(of_query) {
        return Err(StaffError::Invalid("the filter"));
    }
    Ok(())
}
