//! A server that nobody may ever ask: hostile texts and forbidden requests all point to it.

use std::sync::{Arc, Mutex};

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

pub struct Trap {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Trap {
    pub async fn set() -> Trap {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                let mut head = vec![0; 200];
                let read = caller.read(&mut head).await.unwrap_or_default();
                ear.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).into_owned());
            }
        });
        Trap { url, heard }
    }

    /// What was asked of it.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}
