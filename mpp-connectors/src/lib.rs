//! Account Aggregator and third-party data provider ports and their adapters.
