//! Storage ports of MPP and their backends.
