//! The MPP SDK of the enterprise mobile app: consent item by item, hand-over, upload, history, withdrawal.
