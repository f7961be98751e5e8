//! rebit
