//! The shell of MyWard Officer: the window, the commands it may ask for, and the desktop around it.

extern crate self as myward_officer;

pub mod commands;
pub mod contract;
pub mod officer;
