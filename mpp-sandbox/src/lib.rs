//! The outside world in one program: Account Aggregator, FIPs, bureau, operator, SMS, partner application.
