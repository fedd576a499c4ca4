//! The shell without a window: what it lets through, what it refuses, and what is generated from it.
#![allow(clippy::unwrap_used)]

mod bindings;
mod config;
mod ipc;
