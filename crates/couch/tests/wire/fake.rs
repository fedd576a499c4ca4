//! A far end that says exactly what a test wants.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use couch::{Database, Server};
use testkit::Reply;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

pub struct Fake {
    pub url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    sent: Arc<AtomicUsize>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET /myward?x=y`
    pub line: String,
    /// Lines in lower case.
    pub headers: Vec<String>,
    pub body: String,
}

impl Fake {
    /// Answers each request, on any number of connections, with what `answer` gives.
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = Self {
            url: Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap(),
            seen: Arc::default(),
            sent: Arc::default(),
        };
        let (seen, sent) = (fake.seen.clone(), fake.sent.clone());
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, sent, answer) = (seen.clone(), sent.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read(&mut stream).await {
                        seen.lock().unwrap().push(request.clone());
                        let counted = |bytes| {
                            sent.fetch_add(bytes, Ordering::SeqCst);
                        };
                        if !answer(&request).send(stream.get_mut(), counted).await {
                            return;
                        }
                    }
                });
            }
        });
        fake
    }

    pub fn server(&self) -> Server {
        Server::new(&self.url).unwrap()
    }

    pub fn ward(&self) -> Database {
        self.server().database("myward")
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests began with `line`.
    pub fn count(&self, line: &str) -> usize {
        let seen = self.seen();
        seen.iter().filter(|seen| seen.line.starts_with(line)).count()
    }

    /// Bytes of endless bodies that were taken.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &&'_ String| line.starts_with(&format!("{name}: "));
        let line = self.headers.iter().find(value)?;
        Some(&line[name.len() + 2..])
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: Vec<String> = lines[1..].iter().map(|line| line.to_ascii_lowercase()).collect();
    let line = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
    let mut seen = Seen { line, headers, body: String::new() };
    // Cookies keep their case.
    for (lower, line) in seen.headers.iter_mut().zip(&lines[1..]) {
        if lower.starts_with("cookie: ") {
            *lower = format!("cookie: {}", &line["cookie: ".len()..]);
        }
    }
    let length = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}
