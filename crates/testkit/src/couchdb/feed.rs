//! `_changes` on its way to the client: batches of rows, then, for a feed that stays open, the
//! wait for more. The server is locked for one batch at a time.
//!
//! Access is checked when the feed is opened and never again, as CouchDB does it. A feed ends
//! with a `last_seq` when its database is deleted.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::answer::{Refusal, body_answer};
use super::changes::{Feed, Wanted, next_batch, pending};
use super::database::Database;
use super::question::Question;
use super::sequence;
use super::server::Shared;

pub fn answer(shared: &Shared, database: &Database, question: &Question) -> Result<Response, Refusal> {
    let wanted = Wanted::read(database, question)?;
    let (send, receive) = mpsc::channel(4);
    let reader = Reader {
        shared: shared.clone(),
        database: database.name.clone(),
        tag: database.tag.clone(),
        news: database.news.subscribe(),
        cursor: if wanted.descending { u64::MAX } else { wanted.since },
        newest: database.contents.newest,
        left: wanted.limit,
        sent: 0,
        wanted,
        send,
    };
    tokio::spawn(reader.run());
    let chunks = stream::unfold(receive, |mut receive: mpsc::Receiver<Bytes>| async {
        let chunk = receive.recv().await?;
        Some((Ok::<_, Infallible>(chunk), receive))
    });
    Ok(body_answer(200, Body::from_stream(chunks)))
}

struct Reader {
    shared: Shared,
    database: String,
    tag: String,
    news: watch::Receiver<u64>,
    wanted: Wanted,
    cursor: u64,
    newest: u64,
    left: u64,
    sent: usize,
    send: mpsc::Sender<Bytes>,
}

/// The client went away; there is nobody to tell.
struct Gone;

enum Woken {
    News,
    Deleted,
    TimeOut,
}

impl Reader {
    /// Ends early, without more ado, when the client goes.
    async fn run(mut self) {
        let _gone: Result<(), Gone> = self.feed().await;
    }

    async fn feed(&mut self) -> Result<(), Gone> {
        if self.wanted.feed != Feed::Continuous {
            self.write("{\"results\":[\n".to_owned()).await?;
        }
        loop {
            self.news.mark_unchanged();
            let there = self.send_what_is_there().await?;
            let answered = match self.wanted.feed {
                Feed::Normal => true,
                Feed::Longpoll => self.sent > 0,
                Feed::Continuous => false,
            };
            if answered || self.left == 0 || !there {
                break;
            }
            match self.wait().await? {
                Woken::News => {}
                Woken::Deleted | Woken::TimeOut => break,
            }
        }
        self.write_end().await
    }

    /// False: the database is no more.
    async fn send_what_is_there(&mut self) -> Result<bool, Gone> {
        loop {
            let (text, finished) = {
                let server = self.shared.lock();
                let Some(database) = server.databases.get(&self.database) else {
                    return Ok(false);
                };
                if database.tag != self.tag {
                    return Ok(false);
                }
                self.newest = database.contents.newest;
                let batch = next_batch(database, &self.wanted, self.cursor, self.left);
                self.cursor = batch.reached;
                self.left -= batch.rows.len() as u64;
                let mut text = String::new();
                for row in &batch.rows {
                    match self.wanted.feed {
                        Feed::Continuous => {
                            text.push_str(row);
                            text.push('\n');
                        }
                        Feed::Normal | Feed::Longpoll => {
                            if self.sent > 0 {
                                text.push_str(",\n");
                            }
                            text.push_str(row);
                        }
                    }
                    self.sent += 1;
                }
                (text, batch.finished)
            };
            if !text.is_empty() {
                self.write(text).await?;
            }
            if finished || self.left == 0 {
                return Ok(true);
            }
        }
    }

    async fn wait(&mut self) -> Result<Woken, Gone> {
        let deadline = Instant::now() + self.wanted.timeout;
        loop {
            let (wake, beat) = match self.wanted.heartbeat {
                Some(every) => (Instant::now() + every, true),
                None => (deadline, false),
            };
            tokio::select! {
                changed = self.news.changed() => {
                    return Ok(if changed.is_ok() { Woken::News } else { Woken::Deleted });
                }
                () = self.send.closed() => return Err(Gone),
                () = sleep_until(wake) => {
                    if !beat {
                        return Ok(Woken::TimeOut);
                    }
                    self.write("\n".to_owned()).await?;
                }
            }
        }
    }

    async fn write_end(&mut self) -> Result<(), Gone> {
        let (reached, left_over) = {
            let server = self.shared.lock();
            let database = server.databases.get(&self.database).filter(|database| database.tag == self.tag);
            let reached = match self.left {
                0 if self.cursor != u64::MAX => self.cursor,
                _ if self.wanted.descending => self.cursor.min(self.newest),
                _ => self.newest,
            };
            let left_over = database.map_or(0, |database| pending(database, &self.wanted, reached));
            (sequence::write(reached, &self.tag), left_over)
        };
        let end = format!("\"last_seq\":\"{reached}\",\"pending\":{left_over}}}\n");
        let opening = match self.wanted.feed {
            Feed::Normal | Feed::Longpoll => "\n],\n",
            Feed::Continuous => "{",
        };
        self.write(format!("{opening}{end}")).await
    }

    async fn write(&mut self, text: String) -> Result<(), Gone> {
        self.send.send(Bytes::from(text)).await.map_err(|_| Gone)
    }
}
