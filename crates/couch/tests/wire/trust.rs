//! Not a byte of a request before a certificate that holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use couch::{CouchError, Pins, Server};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use testkit::{Authority, Reply, acceptor, pin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::fake::Fake;

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
    server_saying(flaw, Reply::json("200 OK", r#"{"couchdb":"Welcome","version":"3.5.0"}"#)).await
}

async fn server_saying(flaw: Flaw, answer: Reply) -> (Url, String, Arc<AtomicUsize>) {
    server_with(KeyPair::generate().unwrap(), &[], flaw, answer).await
}

/// With this key, and sending these certificates along with its own.
async fn server_with(
    key: KeyPair,
    sent_along: &[CertificateDer<'static>],
    flaw: Flaw,
    answer: Reply,
) -> (Url, String, Arc<AtomicUsize>) {
    let authority = Authority::found();
    let host = if flaw == Flaw::ForAnotherHost { "10.9.8.7" } else { "127.0.0.1" };
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    match flaw {
        Flaw::Expired => params.not_after = date_time_ymd(2021, 1, 1),
        Flaw::NotYetValid => params.not_before = date_time_ymd(2200, 1, 1),
        Flaw::None | Flaw::ForAnotherHost | Flaw::SignedByItself => {}
    }
    let certificate = match flaw {
        Flaw::SignedByItself => params.self_signed(&key).unwrap().der().clone(),
        _ => authority.vouch(&params, &key),
    };
    let acceptor = acceptor([&[certificate], sent_along].concat(), &key);

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
            answer.send(&mut stream, |_| ()).await;
        }
    });
    (url, authority.pem, count)
}

#[tokio::test]
async fn n9_a_municipal_authority_that_is_handed_over_is_trusted() {
    let (url, authority, count) = server(Flaw::None).await;
    let welcome = Server::trusting(&url, authority.as_bytes()).unwrap().welcome().await.unwrap();
    assert_eq!(welcome.version, "3.5.0");
    assert!(count.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn n9_no_byte_goes_to_a_server_whose_certificate_does_not_hold() {
    for flaw in [Flaw::Expired, Flaw::NotYetValid, Flaw::ForAnotherHost, Flaw::SignedByItself] {
        let (url, authority, count) = server(flaw).await;
        let server = Server::trusting(&url, authority.as_bytes()).unwrap();
        let refused = server.sign_in("asha", "a secret").await;
        assert!(refused.as_ref().is_err_and(CouchError::distrusts_certificate), "{flaw:?}: {refused:?}");
        let by_the_clock = matches!(flaw, Flaw::Expired | Flaw::NotYetValid);
        let found = refused.as_ref().is_err_and(CouchError::finds_certificate_out_of_its_time);
        assert_eq!(found, by_the_clock, "{flaw:?}: {refused:?}");
        assert_eq!(count.load(Ordering::SeqCst), 0, "{flaw:?}");
    }
    let (url, _, count) = server(Flaw::None).await;
    let refused = Server::new(&url).unwrap().welcome().await;
    assert!(refused.as_ref().is_err_and(CouchError::distrusts_certificate), "unknown: {refused:?}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

/// N9. A server that speaks nothing newer than TLS 1.1.
#[tokio::test]
async fn n9_no_byte_goes_to_a_server_with_an_old_protocol() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let old = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = vec![0; 4096];
        let came = stream.read(&mut hello).await.unwrap();
        assert_eq!(hello[..came].first(), Some(&22), "a handshake");
        // ServerHello: version 1.1, a random of zeros, no session, ECDHE-RSA with AES-128 in CBC, no compression.
        let body = [&[3, 2][..], &[0; 32], &[0], &[0xC0, 0x13], &[0]].concat();
        let handshake = [&[2, 0, 0, body.len() as u8][..], &body].concat();
        let record = [&[22, 3, 2, 0, handshake.len() as u8][..], &handshake].concat();
        stream.write_all(&record).await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        rest
    });
    let refused = Server::new(&url).unwrap().sign_in("asha", "a secret").await;
    assert!(matches!(&refused, Err(CouchError::Unreachable { .. })), "{refused:?}");
    assert!(!refused.is_err_and(|error| error.distrusts_certificate()), "no certificate was shown");
    const ALERT: u8 = 21;
    let rest = old.await.unwrap();
    assert!(rest.len() == 7 && rest[0] == ALERT, "more than an alert: {rest:?}");
}

/// Far enough ahead, in unix seconds.
const NEXT_CENTURY: i64 = 4_102_444_800;

#[tokio::test]
async fn n9_no_byte_goes_to_a_server_whose_key_the_city_did_not_announce() {
    let welcome = || Reply::json("200 OK", r#"{"couchdb":"Welcome","version":"3.5.0"}"#);
    let (present, backup, strange) =
        (KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let (own, reserve, other) = (pin(&present), pin(&backup), pin(&strange));
    // What the announced server sends can be sent along by anybody.
    let announced = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let announced = announced.self_signed(&backup).unwrap().der().clone();
    let table = [
        ("one of them", vec![&other, &own], NEXT_CENTURY, vec![], true),
        ("none of them", vec![&other, &reserve], NEXT_CENTURY, vec![], false),
        (
            "none of them, and an announced one sent along",
            vec![&other, &reserve],
            NEXT_CENTURY,
            vec![announced],
            false,
        ),
        ("an announcement that has ended", vec![&other, &reserve], 1_600_000_000, vec![], true),
    ];
    let pem = present.serialize_pem();
    for (what, keys, until, sent_along, passes) in table {
        let key = KeyPair::from_pem(&pem).unwrap();
        let (url, authority, count) = server_with(key, &sent_along, Flaw::None, welcome()).await;
        let server = Server::trusting(&url, authority.as_bytes()).unwrap();
        server.pin(Some(Pins { keys: keys.into_iter().cloned().collect(), until })).unwrap();
        let answered = server.sign_in("asha", "a secret").await;
        if passes {
            assert!(matches!(answered, Err(CouchError::NotOurServer { .. })), "{what}: {answered:?}");
            assert_eq!(server.shown_key().as_ref(), Some(&own), "{what}");
        } else {
            let is_told = matches!(answered, Err(CouchError::NotAnnounced { until: NEXT_CENTURY }));
            assert!(is_told, "{what}: {answered:?}");
            assert_eq!(server.shown_key(), None, "{what}");
        }
        assert_eq!(count.load(Ordering::SeqCst) > 0, passes, "{what}");
    }
}

/// N9. What was let pass before is judged anew, whatever connections and sessions are left.
#[tokio::test]
async fn n9_pins_count_from_the_next_request_on() {
    let (url, authority, count) = server(Flaw::None).await;
    let server = Server::trusting(&url, authority.as_bytes()).unwrap();
    server.welcome().await.unwrap();
    let own = server.shown_key().unwrap();
    let mut keys = BTreeSet::from([(); 2].map(|()| pin(&KeyPair::generate().unwrap())));
    server.pin(Some(Pins { keys: keys.clone(), until: NEXT_CENTURY })).unwrap();
    let before = count.load(Ordering::SeqCst);
    let refused = server.welcome().await;
    assert!(matches!(refused, Err(CouchError::NotAnnounced { .. })), "{refused:?}");
    assert_eq!(count.load(Ordering::SeqCst), before);
    assert_eq!(server.shown_key(), Some(own.clone()), "what was seen before");

    keys.insert(own);
    server.pin(Some(Pins { keys, until: NEXT_CENTURY })).unwrap();
    server.welcome().await.unwrap();
    server.pin(None).unwrap();
    server.welcome().await.unwrap();
}

/// N11. A trusted server sends the client on to a plain one.
#[tokio::test]
async fn n11_a_redirect_never_leads_out_of_encryption() {
    let plain = Fake::start(|_| Reply::json("200 OK", "{}")).await;
    let onward = Reply::json_with("307 Temporary Redirect", &format!("Location: {}\r\n", plain.url), "{}");
    let (url, authority, count) = server_saying(Flaw::None, onward).await;
    let refused = Server::trusting(&url, authority.as_bytes()).unwrap().sign_in("asha", "a secret").await;
    assert!(matches!(refused, Err(CouchError::NotOurServer { .. })), "{refused:?}");
    assert!(count.load(Ordering::SeqCst) > 0 && plain.seen().is_empty());
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
