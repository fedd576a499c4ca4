//! Certificates of a city, and the far end of its https.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// An authority that vouches for servers; nobody's operating system knows it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, for laptops to trust.
    pub pem: String,
}

impl Authority {
    pub fn found() -> Authority {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn vouch(&self, params: &CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
        params.signed_by(key, &self.issuer).expect("a certificate").der().clone()
    }

    /// Shows a certificate of this key, for 127.0.0.1.
    pub fn acceptor(&self, key: &KeyPair) -> TlsAcceptor {
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
        acceptor(vec![self.vouch(&params, key)], key)
    }
}

/// Shows these certificates, the first of this key.
pub fn acceptor(certificates: Vec<CertificateDer<'static>>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .expect("certificates of this key");
    TlsAcceptor::from(Arc::new(config))
}

/// The name of a key, as an administrator gets it from OpenSSL.
pub fn pin(key: &KeyPair) -> String {
    format!("sha256/{}", STANDARD.encode(Sha256::digest(key.subject_public_key_info())))
}
