//! The accounts of people.

use mpp_core::{Sha256Digest, StaffId, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, SealedKind, SealedRecord};
use serde::{Deserialize, Serialize};

use crate::Role;
use crate::saved_views::SavedViewsRecord;

/// By the digest of a secret.
pub(crate) const BY_SECRET: IndexName = IndexName::new("secret");

/// The last step of a second factor of which no code was ever given: the account joined through a provider, and nobody was
/// shown the secret.
pub(crate) const NO_CODE_YET: u64 = 0;

/// The kinds of the desk's records with sealed fields.
pub const SEALED_KINDS: [SealedKind; 5] = [
    SealedKind::of::<StaffRecord>(),
    SealedKind::of::<crate::passkeys::PasskeyRecord>(),
    SealedKind::of::<crate::single_sign_on::LinkRecord>(),
    SealedKind::of::<SavedViewsRecord>(),
    SealedKind::of::<crate::exports::ExportRecord>(),
];

/// A member of staff, as administrators see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// The name of the account, with which the person signs in.
    pub id: StaffId,
    /// The person's own name.
    pub name: String,
    /// What the person is there for.
    pub roles: Vec<Role>,
    /// Where the account stands.
    pub standing: StaffStanding,
    /// Who invited the person.
    pub invited_by: StaffId,
    /// When.
    pub invited_at: Timestamp,
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffStanding {
    /// The invitation waits.
    Invited {
        /// Until when.
        until: Timestamp,
    },
    /// The person may sign in.
    Active,
    /// The account was shut by an administrator.
    Disabled,
}

/// An account as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StaffRecord {
    pub(crate) id: StaffId,
    /// The person's name, sealed.
    pub(crate) person: SealedField,
    pub(crate) roles: Vec<Role>,
    pub(crate) standing: Standing,
    pub(crate) invited_by: StaffId,
    pub(crate) invited_at: Timestamp,
}

/// Where an account stands, with the secrets of that state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Standing {
    /// Waits for the holder of the invitation.
    Invited {
        /// The digest of the invitation.
        invitation: Sha256Digest,
        /// Until when it is good.
        until: Timestamp,
        /// The secret of the second factor to come, sealed; drawn anew whenever the invitation is opened.
        totp: SealedField,
    },
    /// May sign in.
    Active {
        /// The password's hash (PHC), sealed.
        password: SealedField,
        /// The secret of the second factor, sealed.
        totp: SealedField,
        /// The last step of it that was used: earlier and equal ones are refused. See [`NO_CODE_YET`].
        last_step: u64,
    },
    /// Shut.
    Disabled {
        /// Since when; absent where it was shut by a program that did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
}

impl StaffRecord {
    pub(crate) const PERSON: &'static str = "person";
    pub(crate) const PASSWORD: &'static str = "password";
    pub(crate) const TOTP: &'static str = "totp";

    pub(crate) fn key_of(id: &StaffId) -> RecordKey {
        RecordKey::new(id)
    }

    pub(crate) const fn view_standing(&self) -> StaffStanding {
        match self.standing {
            Standing::Invited { until, .. } => StaffStanding::Invited { until },
            Standing::Active { .. } => StaffStanding::Active,
            Standing::Disabled { .. } => StaffStanding::Disabled,
        }
    }
}

impl Record for StaffRecord {
    const KIND: RecordKind = RecordKind::new("staff");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        match &self.standing {
            Standing::Invited { invitation, .. } => vec![IndexEntry::unique(BY_SECRET, invitation)],
            Standing::Active { .. } | Standing::Disabled { .. } => Vec::new(),
        }
    }
}

impl SealedRecord for StaffRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        let mut fields = vec![(Self::PERSON, &mut self.person)];
        match &mut self.standing {
            Standing::Invited { totp, .. } => fields.push((Self::TOTP, totp)),
            Standing::Active { password, totp, .. } => {
                fields.extend([(Self::PASSWORD, password), (Self::TOTP, totp)]);
            }
            Standing::Disabled { .. } => {}
        }
        fields
    }
}
