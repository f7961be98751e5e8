//! What a page shows: plain values, without the interface they come from and without HTML.

mod cell;
mod field;
mod frame;
mod sheet;

pub(crate) use cell::{Badge, Cell, PostButton, Tone};
pub(crate) use field::{Control, Field, Part, PartFilled, Step};
pub(crate) use frame::{Frame, NavEntry};
pub(crate) use sheet::{
    Choice, Files, Filter, FilterKind, ROWS, ROWS_AT_ONCE, Sheet, Table, View, Views, for_file, narrowed,
    shown,
};
