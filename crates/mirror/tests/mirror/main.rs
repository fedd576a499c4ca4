//! A ward in miniature: officers' laptops with real encrypted files, and an office that stands for
//! the server.
#![allow(clippy::unwrap_used)]

mod branches;
mod cases;
mod clock;
mod counting;
mod decisions;
mod history;
mod opening;
mod pages;
mod photos;
mod pulling;
mod searching;
mod selection;
mod sending;
mod set_back;
mod timeline;
mod town;
mod twins;
mod upstream;
