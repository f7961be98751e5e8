#![doc = include_str!("../README.md")]

pub mod canary;
pub mod cpu;
pub mod outside;
pub mod phone;
pub mod timeline;
