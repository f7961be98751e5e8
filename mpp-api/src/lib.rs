#![doc = include_str!("../README.md")]

mod address;
mod attempt;
mod caller;
mod page;
mod problem;

#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "staff")]
pub mod desk;
#[cfg(feature = "private-share")]
pub mod private_share;

pub use attempt::AttemptView;
pub use caller::{
    Anonymous, ApiError, Authorization, AuthorizationError, Bearer, Caller, IDEMPOTENCY_KEY, Outgoing,
    UNEXPLAINED,
};
pub use page::{Page, Place, ReplayedRangeView};
pub use problem::{PROBLEM_MEDIA_TYPE, Problem};
