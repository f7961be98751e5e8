//! What handlers say of themselves by their types.

#[cfg(feature = "openapi")]
pub use crate::openapi::Described;

/// A handler, whatever its types: without the feature `openapi` nothing is asked of them.
#[cfg(not(feature = "openapi"))]
pub trait Described<T> {}

#[cfg(not(feature = "openapi"))]
impl<H, T> Described<T> for H {}
