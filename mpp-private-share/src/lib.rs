//! The private data share SDK: Account Aggregator data, decrypted and re-sealed on the customer's phone.
