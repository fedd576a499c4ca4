//! A box on the way that answers some requests itself: a Wi-Fi sign-in page, a filter.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Whole answers by the beginning of the request, such as `PUT /ward/_local`.
type Rules = Arc<Mutex<Vec<(&'static str, String)>>>;

pub struct Middlebox {
    pub url: String,
    rules: Rules,
}

impl Middlebox {
    /// Stands before a line of the testkit, which has each request on a connection of its own.
    pub async fn before(line: &str) -> Middlebox {
        let server = line.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let rules = Rules::default();
        let known = rules.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(exchange(client, server.clone(), known.clone()));
            }
        });
        Middlebox { url, rules }
    }

    /// From here on requests that contain `part` (of `METHOD /path`) are answered here.
    pub fn answers(&self, part: &'static str, status: &str, headers: &str, body: &str) {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        self.rules.lock().unwrap().push((part, answer));
    }

    /// From here on the server answers everything.
    pub fn stands_aside(&self) {
        self.rules.lock().unwrap().clear();
    }
}

async fn exchange(mut client: TcpStream, server: String, rules: Rules) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&head);
    let request = request.lines().next().unwrap_or_default();
    let answer = rules
        .lock()
        .unwrap()
        .iter()
        .find(|(part, _)| request.contains(part))
        .map(|(_, answer)| answer.clone());
    if let Some(answer) = answer {
        client.write_all(answer.as_bytes()).await?;
        return client.shutdown().await;
    }
    let mut server = TcpStream::connect(server).await?;
    server.write_all(&head).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
