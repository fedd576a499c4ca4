//! The real program: its window driven through WebDriver, its servers behind lines that can be cut.
//!
//! Needs a display and a session bus (`cargo xtask test` gives it both) and the feature
//! `custom-protocol`, with which the program carries `ui/dist` inside. With `MYWARD_SCREENSHOTS` set
//! to a folder, pictures of the main screens are left there.
#![cfg(all(target_os = "linux", feature = "custom-protocol"))]
#![allow(clippy::unwrap_used)]

mod app;
mod branches;
mod bucket;
mod camera;
mod clash;
mod hostile;
mod keyboard;
mod offline;
mod online;
mod payloads;
mod policy;
mod record;
mod rules;
mod selection;
mod ten_thousand;
mod town;
mod trap;
mod trouble;
mod twins;
mod vanished;
mod ward;
