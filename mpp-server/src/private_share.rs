//! private_share.
