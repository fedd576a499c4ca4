//! The city's https: a gate before the server that shows a certificate, of one key today and of another tomorrow.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};

pub struct Gate {
    pub url: String,
    authority: Issuer<'static, KeyPair>,
    shown: Arc<Mutex<TlsAcceptor>>,
    /// Bytes that clients sent after their handshakes.
    heard: Arc<AtomicUsize>,
}

impl Gate {
    /// Stands before a line of the testkit, which has each request on a connection of its own. The certificate of its
    /// authority is written to `authority`, for laptops to trust.
    pub async fn before(line: &str, key: &KeyPair, authority: &Path) -> Gate {
        let own = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        std::fs::write(authority, params.self_signed(&own).unwrap().pem()).unwrap();
        let authority = Issuer::new(params, own);

        let server = line.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let shown = Arc::new(Mutex::new(acceptor(&authority, key)));
        let gate = Gate { url, authority, shown, heard: Arc::default() };
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
        *self.shown.lock().unwrap() = acceptor(&self.authority, key);
    }

    pub fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

/// As an administrator gets it from OpenSSL.
pub fn pin(key: &KeyPair) -> String {
    format!("sha256/{}", STANDARD.encode(Sha256::digest(key.subject_public_key_info())))
}

fn acceptor(authority: &Issuer<'static, KeyPair>, key: &KeyPair) -> TlsAcceptor {
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
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
