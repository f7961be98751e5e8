//! Whose fault an error is and whether trying again can help: said by every error that crosses a crate.

/// Whether trying the same call again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Persistence {
    /// The same call will always fail.
    Permanent,
    /// The same call may succeed later.
    Temporary,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The caller asked for something that cannot be done.
    Caller,
    /// Another system answered wrongly or not at all.
    Peer,
    /// This system could not do what it should.
    Ourselves,
}
