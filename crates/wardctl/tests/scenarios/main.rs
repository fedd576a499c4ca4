//! Days in a ward, played with the real program against CouchDB and an object store over lines
//! that can be cut. `COUCHDB_URL=http://admin:password@host:port` plays them against a real CouchDB.

#![allow(clippy::unwrap_used)]

mod administration;
mod answers;
mod backlog;
mod bomb;
mod branches;
mod bucket;
mod camera;
mod canary;
mod clash;
mod clock;
mod compare;
mod day;
mod deliveries;
mod doctor;
mod expiry;
mod feed;
mod gate;
mod internal;
mod issuer;
mod kill;
mod lost_answer;
mod middlebox;
mod modes;
mod odd_server;
mod password;
mod photo_access;
mod pins;
mod refusal;
mod restored;
mod revisions;
mod sample;
mod search;
mod selection;
mod stop;
mod storage;
mod store_restored;
mod tap;
mod timeline;
mod told;
mod town;
mod twins;
mod unsent_file;
mod vanished;
mod ward;
mod watcher;
mod weak_line;
