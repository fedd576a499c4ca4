//! The city's https: a gate before the server that shows a certificate, of one key today and of another tomorrow.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use testkit::{Authority, acceptor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub struct Gate {
    pub url: String,
    authority: Authority,
    shown: Arc<Mutex<TlsAcceptor>>,
    /// Bytes that clients sent after their handshakes.
    heard: Arc<AtomicUsize>,
}

impl Gate {
    /// Stands before a line of the testkit, which has each request on a connection of its own. The certificate of its
    /// authority is written to `authority`, for laptops to trust.
    pub async fn before(line: &str, key: &KeyPair, authority: &Path) -> Gate {
        let city = Authority::found();
        std::fs::write(authority, &city.pem).unwrap();
        let server = line.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let shown = Arc::new(Mutex::new(city.acceptor(key)));
        let gate = Gate { url, authority: city, shown, heard: Arc::default() };
        let (shown, heard) = (gate.shown.clone(), gate.heard.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = shown.lock().unwrap().clone();
                tokio::spawn(carry(client, acceptor, server.clone(), heard.clone()));
            }
        });
        gate
    }

    /// From here on the certificate is of this key; its authority stays.
    pub fn shows(&self, key: &KeyPair) {
        *self.shown.lock().unwrap() = self.authority.acceptor(key);
    }

    /// The same key, with a certificate that ended years ago.
    pub fn expires(&self, key: &KeyPair) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2021, 1, 1);
        *self.shown.lock().unwrap() = acceptor(vec![self.authority.vouch(&params, key)], key);
    }

    pub fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

async fn carry(
    client: TcpStream,
    acceptor: TlsAcceptor,
    server: String,
    heard: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = tokio::io::split(acceptor.accept(client).await?);
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let asks = tokio::spawn(async move {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let length = from_client.read(&mut bytes).await?;
            heard.fetch_add(length, Ordering::SeqCst);
            if length == 0 {
                return to_server.shutdown().await;
            }
            to_server.write_all(&bytes[..length]).await?;
        }
    });
    tokio::io::copy(&mut from_server, &mut to_client).await?;
    asks.abort();
    to_client.shutdown().await
}
