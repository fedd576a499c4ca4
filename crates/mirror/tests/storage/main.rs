//! Storage that fails: pages that go bad, logs that are gone or belong to another file, a disk that
//! refuses or is full. Each test plays rows of docs/faults.md on real files.

#![allow(clippy::unwrap_used)]

mod copied;
mod damage;
mod refusal;
mod ward;
