#![doc = include_str!("../README.md")]

mod authorization;
mod central_keys;
mod decisions;
mod device;
mod error;
mod journal;
mod link;
mod phase;
mod screen;
mod sdk;
mod sharing;
mod upload;
mod vouching;

pub use decisions::{Decisions, IncompleteDecisions};
pub use device::DeviceIdentity;
pub use error::SdkError;
pub use journal::{KeptArtefact, KeptRequest};
pub use link::{InvalidLink, OneTimeLink};
pub use phase::{Phase, PhaseError};
pub use screen::{Screen, ScreenFault};
pub use sdk::{MppSdk, SdkPorts, SdkSettings};
pub use sharing::Shared;
pub use upload::{UploadStep, Uploaded};
