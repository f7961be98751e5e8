//! The transport port of MPP: HTTP exchanges over reqwest, hyper or in-process loopback.
