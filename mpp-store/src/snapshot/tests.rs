//! Held to what they refuse.
