//! The private share role.
