//! Tests over the whole model: its machines, its stored forms, its properties.

mod properties;
pub(crate) mod samples;
mod state_machines;
mod stored_forms;
