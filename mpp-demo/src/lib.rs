#![doc = include_str!("../README.md")]

pub mod canary;

pub mod handset;
pub mod journey;
pub mod measures;
pub mod once;
pub mod outside;
pub mod phone;
pub mod process;
pub mod product;
pub mod staff;
pub mod stopwatch;
pub mod timeline;
pub mod visit;
pub mod world;
