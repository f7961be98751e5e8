//! Wire types and typed clients of the MPP HTTP interfaces, one feature per role.
