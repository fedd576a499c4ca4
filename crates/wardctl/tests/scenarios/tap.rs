//! Somebody listens on the line: what the server answers is kept.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Tap {
    pub url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Carries everything to the server at `url` (`http://host:port`) and back.
    pub async fn on(url: &str) -> Tap {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tap = Tap { url: format!("http://{}", listener.local_addr().unwrap()), heard: Arc::default() };
        let heard = tap.heard.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), heard.clone()));
            }
        });
        tap
    }

    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }

    /// What stands between `name` and the next semicolon, every time.
    pub fn values_of(&self, name: &str) -> Vec<String> {
        let heard = self.heard();
        let heard = String::from_utf8_lossy(&heard);
        let values = heard.split(name).skip(1).filter_map(|rest| rest.split(';').next());
        values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }
}

async fn carry(client: TcpStream, server: String, heard: Arc<Mutex<Vec<u8>>>) -> std::io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asks = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut answer = vec![0; 64 * 1024];
    loop {
        let length = from_server.read(&mut answer).await?;
        if length == 0 {
            asks.abort();
            return to_client.shutdown().await;
        }
        heard.lock().unwrap().extend_from_slice(&answer[..length]);
        to_client.write_all(&answer[..length]).await?;
    }
}
