#![doc = include_str!("../README.md")]

mod account;
mod attempts;
mod audit;
mod decide;
mod desk;
mod error;
mod exports;
mod invitation;
mod kinds;
#[cfg(test)]
mod office;
mod own_account;
mod passkeys;
mod password;
mod saved_views;
mod second_factor;
mod session;
mod sign_in;
mod single_sign_on;

/// What the audit log can say was done by and to staff, by its words.
pub const AUDITED_ACTIONS: &[&str] = audit::Happening::WORDS;

pub use account::{SEALED_KINDS, StaffMember, StaffStanding};
pub use decide::{Action, NotAllowed, Portal, Role, decide};
pub use desk::{StaffDesk, StaffParts};
pub use error::StaffError;
pub use exports::{
    Export, ExportEnd, ExportFormat, ExportPart, ExportRefused, ExportStanding, LARGEST_EXPORT, LARGEST_PART,
    MOST_EXPORTS, MOST_WORKING, NewExport,
};
pub use invitation::{Invitation, OpenedInvitation};
pub use kinds::KINDS;
pub use passkeys::{Passkey, PasskeyChallenge, PasskeyRefused, PasskeySite, UnusableSite};
pub use saved_views::{MOST_VIEWS, SavedView};
pub use session::{CameBy, OpenSession, Person, SessionKey};
pub use sign_in::Credentials;
pub use single_sign_on::{
    Named, SecondFactor, SignOnKey, SignOnLink, SignOnOutcome, SignOnRefused, SignOutNotice, SignedOut,
    TakenSignOn, VouchedIdentity,
};
