//! What a page shows: plain values, without the interface they come from and without HTML.

mod cell;
mod frame;
mod sheet;

pub(crate) use cell::{Cell, PostButton, Tone};
pub(crate) use frame::{Frame, NavEntry};
pub(crate) use sheet::{Filter, FilterKind, Sheet, Table};
