#![doc = include_str!("../README.md")]

mod approval;
pub mod artefact;
mod device_authorization;
pub mod document;
mod error;
pub mod folder;
mod journal;
pub mod journey;
mod login;
mod manifest;
mod private_files;
mod sdk;
mod sealed_documents;
mod sealing;
mod share;

pub use approval::{Approval, ApprovalUi, LeftPage};
pub use artefact::PinnedAccountAggregator;
pub use error::ShareError;
pub use folder::{DeviceFolder, FileName, FileReader, FilesystemFolder, FolderError, PendingFile};
pub use journey::Patience;
pub use login::LoginChallenge;
pub use manifest::{DeviceReference, Manifest, SealedDocument};
pub use private_files::{DeviceSecret, PrivateFileError};
pub use sdk::{PrivateSharePorts, PrivateShareSdk, PrivateShareSettings};
pub use sealed_documents::{DOCUMENTS_KEPT, SealedDocuments};
pub use share::{AccountOutcome, AccountReport, ShareReport, ShareRequest};
