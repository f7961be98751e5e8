//! Envelopes to a partner, the ReBIT key exchange, signatures and keys.
