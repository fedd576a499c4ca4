//! Days in a ward, played with the real program against CouchDB and an object store over lines
//! that can be cut. `COUCHDB_URL=http://admin:password@host:port` plays them against a real CouchDB.

#![allow(clippy::unwrap_used)]

mod bucket;
mod camera;
mod canary;
mod clash;
mod day;
mod kill;
mod lost_answer;
mod odd_server;
mod password;
mod restored;
mod sample;
mod search;
mod tap;
mod town;
mod vanished;
