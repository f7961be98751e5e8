//! What needs several modules.

mod closing;
mod crediting;
mod examples;
mod reconciling;
mod samples;
mod state_machines;
mod usage_logs;
