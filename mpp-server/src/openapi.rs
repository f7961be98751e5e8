//! What the servers serve, as OpenAPI 3.1: made from the routes and the types of their handlers, never written by hand.
//!
//! A route says its path, its callers and one sentence; everything else is read off its handler: an extractor is an
//! [`Input`], what is returned an [`Answer`]. So a route cannot be served without being described, and a description says
//! what the handler takes and gives. `cargo xtask openapi` writes the documents to `docs/openapi`.

mod answers;
mod document;
mod inputs;
mod operation;
mod parameters;
mod refusals;
mod roles;
mod schemas;

pub use answers::Answer;
pub use inputs::Input;
pub use operation::{Describe, Described, Operation};
pub use roles::{documents, texts};
