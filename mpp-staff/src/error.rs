//! Why the desk refuses.

use mpp_core::{Fault, Timestamp};
use mpp_store::{ParcelBytesError, StoreError, VaultError};

use crate::{ExportRefused, NotAllowed, PasskeyRefused, SignOnRefused};

/// The one error of the desk. Texts name nobody.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// Name, password or code is wrong. Which is not told.
    #[error("name, password or code is wrong")]
    WrongCredentials,
    /// Too many failures in a row under this name.
    #[error("too many failures; this name may try again later")]
    Locked {
        /// From when on.
        until: Timestamp,
    },
    /// There is no such session, or it has ended.
    #[error("not signed in")]
    Unauthenticated,
    /// The invitation is unknown, used or too old.
    #[error("the invitation is not valid")]
    InvitationUnknown,
    /// The code does not belong to the secret that was shown.
    #[error("the code does not fit")]
    WrongCode,
    /// Who is signed in gave another password than the present one.
    #[error("the present password is wrong")]
    WrongPassword,
    /// The password is too easy to guess.
    #[error("the password is too easy to guess")]
    WeakPassword,
    /// A value is not what the interface asks for.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// The name of an account would not survive in a path.
    #[error("an account's name has letters, digits, `.`, `-` and `_`, 64 at most, and not only dots")]
    NameUnusable,
    /// There is an account of this name already.
    #[error("there is an account of this name already")]
    NameTaken,
    /// There is no such account or session, or not for this caller.
    #[error("there is no such account or session")]
    NotFound,
    /// Nobody may change this about oneself.
    #[error("nobody may change this about oneself")]
    Oneself,
    /// The person has other roles than whoever set them saw.
    #[error("somebody else set these roles meanwhile")]
    RolesMovedOn,
    /// The person keeps as many views as anybody may.
    #[error("no more views can be kept")]
    TooManyViews,
    /// Another view of the page has this name.
    #[error("another view has this name")]
    ViewNameTaken,
    /// A file of a list is refused.
    #[error(transparent)]
    Export(#[from] ExportRefused),
    /// The bytes of a file cannot be kept or read.
    #[error("the bytes of a file of a list cannot be had")]
    Files(#[from] ParcelBytesError),
    /// The roles do not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A passkey is refused.
    #[error(transparent)]
    Passkey(#[from] PasskeyRefused),
    /// A sign-in through a provider is refused.
    #[error(transparent)]
    SignOn(#[from] SignOnRefused),
    /// The store refuses or does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sealed field cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A password could not be hashed, or a secret not be used.
    #[error("cryptography failed: {0}")]
    Crypto(&'static str),
}

impl StaffError {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "credentials_wrong",
            Self::Locked { .. } => "sign_in_locked",
            Self::Unauthenticated => "unauthenticated",
            Self::InvitationUnknown => "invitation_invalid",
            Self::WrongCode => "code_wrong",
            Self::WrongPassword => "password_wrong",
            Self::WeakPassword => "password_weak",
            Self::Invalid(_) => "invalid_request",
            Self::NameUnusable => "account_name_unusable",
            Self::NameTaken => "name_taken",
            Self::NotFound => "not_found",
            Self::Oneself => "oneself",
            Self::RolesMovedOn => "roles_moved_on",
            Self::TooManyViews => "too_many_views",
            Self::ViewNameTaken => "view_name_taken",
            Self::Export(refused) => refused.code(),
            Self::NotAllowed(_) => "role_missing",
            Self::Passkey(refused) => refused.code(),
            Self::SignOn(refused) => refused.code(),
            Self::Store(StoreError::Conflict { .. }) => "changed_meanwhile",
            Self::Store(_) | Self::Vault(_) | Self::Files(_) | Self::Crypto(_) => "internal",
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Store(StoreError::Conflict { .. } | StoreError::InvalidCursor) => Fault::Caller,
            Self::Store(_) | Self::Vault(_) | Self::Files(_) | Self::Crypto(_) => Fault::Ourselves,
            _ => Fault::Caller,
        }
    }

    pub(crate) const fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(StoreError::Conflict { .. }))
    }
}
