#![doc = include_str!("../README.md")]

mod aa;
mod bureau;
mod config;
mod control;
mod documents;
mod error;
mod evidence;
mod faults;
mod fip;
mod guard;
mod html;
mod keys;
mod machine;
mod operator;
mod otp;
mod partner_app;
mod rebit;
mod registry;
mod sandbox;
mod sms;
mod world;

pub use config::{FlavourSupport, SandboxConfig, Surroundings};
pub use documents::Institution;
pub use error::SandboxError;
pub use faults::{Fault, FaultScript};
pub use keys::{AA_ENTITY_ID, AA_HANDLE, EntityKeys};
pub use machine::{SystemClock, SystemEntropy};
pub use sandbox::{RunningSandbox, Sandbox};
