//! Not a byte of a request before a certificate that holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use couch::{CouchError, Server};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use url::Url;

/// What is special about the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    None,
    Expired,
    NotYetValid,
    ForAnotherHost,
    SignedByItself,
}

/// A https server that counts the bytes it could read, and its authority as PEM.
async fn server(flaw: Flaw) -> (Url, String, Arc<AtomicUsize>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let authority = Issuer::new(authority, authority_key);

    let host = if flaw == Flaw::ForAnotherHost { "10.9.8.7" } else { "127.0.0.1" };
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    match flaw {
        Flaw::Expired => params.not_after = date_time_ymd(2021, 1, 1),
        Flaw::NotYetValid => params.not_before = date_time_ymd(2200, 1, 1),
        Flaw::None | Flaw::ForAnotherHost | Flaw::SignedByItself => {}
    }
    let key = KeyPair::generate().unwrap();
    let certificate = match flaw {
        Flaw::SignedByItself => params.self_signed(&key).unwrap(),
        _ => params.signed_by(&key, &authority).unwrap(),
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut bytes = [0; 4096];
            let came = stream.read(&mut bytes).await.unwrap_or(0);
            counted.fetch_add(came, Ordering::SeqCst);
            let body = r#"{"couchdb":"Welcome","version":"3.5.0"}"#;
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, pem, count)
}

#[tokio::test]
async fn a_municipal_authority_that_is_handed_over_is_trusted() {
    let (url, authority, count) = server(Flaw::None).await;
    let welcome = Server::trusting(&url, authority.as_bytes()).unwrap().welcome().await.unwrap();
    assert_eq!(welcome.version, "3.5.0");
    assert!(count.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn no_byte_goes_to_a_server_whose_certificate_does_not_hold() {
    for flaw in [Flaw::Expired, Flaw::NotYetValid, Flaw::ForAnotherHost, Flaw::SignedByItself] {
        let (url, authority, count) = server(flaw).await;
        let server = Server::trusting(&url, authority.as_bytes()).unwrap();
        let refused = server.sign_in("asha", "a secret").await;
        assert!(matches!(refused, Err(CouchError::Unreachable { .. })), "{flaw:?}: {refused:?}");
        assert_eq!(count.load(Ordering::SeqCst), 0, "{flaw:?}");
    }
    let (url, _, count) = server(Flaw::None).await;
    let refused = Server::new(&url).unwrap().welcome().await;
    assert!(matches!(refused, Err(CouchError::Unreachable { .. })), "unknown: {refused:?}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn a_server_is_bound_by_the_rules_of_addresses() {
    for origin in [
        "http://10.0.0.1:5984/",
        "http://city.example/",
        "https://admin:pw@city.example/",
        "ftp://127.0.0.1/",
    ] {
        let refused = Server::new(&Url::parse(origin).unwrap());
        assert!(matches!(refused, Err(CouchError::BadAddress { .. })), "{origin}");
    }
    let garbage = Server::trusting(
        &Url::parse("https://city.example/").unwrap(),
        b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n",
    );
    assert!(matches!(garbage, Err(CouchError::Setup { .. })));
}
