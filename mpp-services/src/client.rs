//! The client server role.
