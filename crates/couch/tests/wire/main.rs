//! The client against far ends that behave well, badly and with malice, all speaking real HTTP.
#![allow(clippy::unwrap_used)]

mod fake;
mod limits;
mod not_our_server;
mod session;
mod trust;
mod waiting;
