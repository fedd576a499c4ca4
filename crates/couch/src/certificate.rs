//! Whether a server's certificate holds: an authority vouches for it and, where its owner announced keys, its own key
//! is one of them.
//!
//! Of a chain only the server's own certificate counts. The others are public, and whoever has any certificate can send
//! them along: that an announced key is among them proves nothing.

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use url::Url;

use crate::CouchError;

/// Keys of which a server has to show one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Each `sha256/` and the base64 of the SHA-256 of a certificate's public key (its SubjectPublicKeyInfo).
    pub keys: BTreeSet<String>,
    /// The unix second after which they count no more.
    pub until: i64,
}

/// What judges the certificates of one server, and of an https proxy on the way to it, whose key nobody announces.
#[derive(Clone, Debug)]
pub(crate) struct PinnedVerifier {
    server: ServerName<'static>,
    authorities: Arc<Verifier>,
    pins: Option<Pins>,
    /// The key that the server last proved to have.
    shown: Arc<Mutex<Option<String>>>,
}

/// The key is none of those that were announced.
#[derive(Debug, thiserror::Error)]
#[error("its key is not announced")]
struct NotAnnounced {
    until: i64,
}

impl PinnedVerifier {
    /// Of the server at `origin`, a https address. Trusts the operating system's authorities, and those in
    /// `authorities`, a PEM bundle.
    pub(crate) fn trusting(origin: &Url, authorities: &[u8]) -> Result<Self, CouchError> {
        let host = origin.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let server = ServerName::try_from(host.to_owned()).map_err(CouchError::setup)?;
        let extra: Vec<_> = CertificateDer::pem_slice_iter(authorities)
            .collect::<Result<_, _>>()
            .map_err(CouchError::setup)?;
        let provider = Arc::new(ring::default_provider());
        let authorities = Verifier::new_with_extra_roots(extra, provider).map_err(CouchError::setup)?;
        Ok(Self { server, authorities: Arc::new(authorities), pins: None, shown: Arc::default() })
    }

    pub(crate) fn pins(&self) -> Option<&Pins> {
        self.pins.as_ref()
    }

    /// The same, with other pins or none.
    pub(crate) fn with(&self, pins: Option<Pins>) -> Self {
        Self { pins, ..self.clone() }
    }

    pub(crate) fn shown(&self) -> Option<String> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// TLS 1.2 or 1.3 with a server that this verifier lets pass.
    pub(crate) fn tls(&self) -> Result<ClientConfig, CouchError> {
        let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(CouchError::setup)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.clone()))
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(tls)
    }

    /// Called with a certificate whose private key has just signed this handshake.
    fn remember(&self, certificate: &CertificateDer) -> Result<(), rustls::Error> {
        if verify_server_name(&ParsedCertificate::try_from(certificate)?, &self.server).is_err() {
            // A proxy's.
            return Ok(());
        }
        let key = key_of(certificate)?;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(())
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        sent_along: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.authorities.verify_server_cert(own, sent_along, name, ocsp, now)?;
        if let Some(Pins { keys, until }) = &self.pins
            && *name == self.server
            && i64::try_from(now.as_secs()).is_ok_and(|now| now <= *until)
            && !keys.contains(&key_of(own)?)
        {
            let reason = OtherError(Arc::new(NotAnnounced { until: *until }));
            return Err(CertificateError::Other(reason).into());
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = self.authorities.verify_tls12_signature(message, own, signature)?;
        self.remember(own).map(|()| valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = self.authorities.verify_tls13_signature(message, own, signature)?;
        self.remember(own).map(|()| valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Where a certificate that was not trusted ended `error`'s connection: what was wrong with it.
pub(crate) fn distrust<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CertificateError> {
    let mut layer = Some(error);
    while let Some(error) = layer {
        if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
            return Some(reason);
        }
        // An io::Error passes over what it holds when it is asked for its source.
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        layer = held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

pub(crate) fn is_out_of_its_time(error: &(dyn Error + 'static)) -> bool {
    matches!(
        distrust(error),
        Some(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}

/// Where a key that is not announced ended `error`'s connection: the unix second until which the announcement holds.
pub(crate) fn not_announced(error: &(dyn Error + 'static)) -> Option<i64> {
    match distrust(error)? {
        CertificateError::Other(OtherError(reason)) => {
            reason.downcast_ref().map(|NotAnnounced { until }| *until)
        }
        _ => None,
    }
}

fn key_of(certificate: &CertificateDer) -> Result<String, rustls::Error> {
    let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
    Ok(format!("sha256/{}", STANDARD.encode(Sha256::digest(&key))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use testkit::Authority;

    /// The server's key is announced; that of a proxy which the laptop is told to use is not.
    #[test]
    fn n9_the_key_of_a_proxy_is_neither_held_against_it_nor_taken_for_the_servers() {
        let city = Authority::found();
        let certificate = |host: &str| {
            let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
            city.vouch(&params, &KeyPair::generate().unwrap())
        };
        let (server, proxy, strange) =
            (certificate("couch.city.example"), certificate("10.0.0.1"), certificate("couch.city.example"));
        let origin = Url::parse("https://couch.city.example/").unwrap();
        let keys = [key_of(&server).unwrap(), "sha256/of a backup".to_owned()].into();
        let verifier = PinnedVerifier::trusting(&origin, city.pem.as_bytes()).unwrap();
        let verifier = verifier.with(Some(Pins { keys, until: i64::MAX }));
        let passes = |certificate: &CertificateDer<'_>, host: &'static str| {
            let name = ServerName::try_from(host).unwrap();
            verifier.verify_server_cert(certificate, &[], &name, &[], UnixTime::now()).is_ok()
        };
        assert!(passes(&server, "couch.city.example"));
        assert!(passes(&proxy, "10.0.0.1"));
        assert!(!passes(&strange, "couch.city.example"));

        verifier.remember(&server).unwrap();
        verifier.remember(&proxy).unwrap();
        assert_eq!(verifier.shown(), key_of(&server).ok());
    }
}
