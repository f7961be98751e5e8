//! The ReBIT 2.x client of an Account Aggregator, and the receiving half of the protocol
//! (account-aggregator.md §3 to §7).
//!
//! One [`RebitAa`] speaks to one Account Aggregator over a [`mpp_transport::Transport`]. What it takes for true:
//!
//! 1. The exact bytes of every answer carry a detached RS256 signature by a key of that Account Aggregator;
//!    they are verified before anything is parsed.
//! 2. The answer is of version 2.0.0, of now (±15 minutes), repeats the request's `txnid`, and is about the
//!    handle, consent or session that was asked for.
//! 3. A signed consent is signed by the same Account Aggregator, names the recipient asked for, and its terms
//!    are equal to or narrower than those asked for.
//!
//! Sending is strict (one spelling of dates, one form of signature), accepting is lenient where the field is:
//! dates as epoch milliseconds or with `+0000`, signatures with or without `crit`, unknown members.
//!
//! [`inbound`] checks the notifications an Account Aggregator sends and makes the signed answers to them.

mod client;
mod config;
mod exchange;
pub mod inbound;
mod peer_keys;
mod terms;
mod wire;

pub use client::RebitAa;
pub use config::{InvalidRebitAaConfig, OurIdentity, RebitAaConfig, RebitAaConfigForm};
pub use peer_keys::PeerKeys;
