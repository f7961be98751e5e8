//! telecom
