//! The whole of MPP in one process on loopback, with a phone page.
