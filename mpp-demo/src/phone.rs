//! The phone page.
