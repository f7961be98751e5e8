//! The central role.
