//! The MPP servers: central, client, private share, and the operator's command.
