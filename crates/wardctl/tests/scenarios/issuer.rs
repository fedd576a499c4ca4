//! An OpenID provider as far as a photo store asks one: its keys, and tokens signed with them.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;
use testkit::Store;

use crate::middlebox::Middlebox;

/// Whoever signs the city's tokens.
pub struct Issuer {
    pub origin: Middlebox,
    folder: tempfile::TempDir,
}

impl Issuer {
    pub async fn new() -> Issuer {
        let folder = tempfile::tempdir().unwrap();
        let issuer = Issuer { origin: Middlebox::before("http://127.0.0.1:1").await, folder };
        issuer.openssl(&["genrsa", "-out", "key.pem", "2048"], b"");
        let modulus = issuer.openssl(&["rsa", "-in", "key.pem", "-noout", "-modulus"], b"");
        let hex = std::str::from_utf8(&modulus).unwrap().trim().trim_start_matches("Modulus=");
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let keys = json!({ "keys": [{ "kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256",
            "n": BASE64_URL_SAFE_NO_PAD.encode(bytes), "e": "AQAB" }] });
        issuer.origin.answers("GET /jwks", "200 OK", "Content-Type: application/json", &keys.to_string());
        issuer
    }

    /// Good for ten minutes.
    pub fn token(&self) -> String {
        let now = Timestamp::now().as_second();
        let claims = json!({ "iss": self.origin.url, "aud": Store::AUDIENCE, "sub": "asha", "iat": now, "exp": now + 600 });
        let parts = [json!({ "alg": "RS256", "kid": "1", "typ": "JWT" }), claims]
            .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = parts.join(".");
        let signature = self.openssl(&["dgst", "-sha256", "-sign", "key.pem"], signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn openssl(&self, words: &[&str], input: &[u8]) -> Vec<u8> {
        let mut openssl = Command::new("openssl")
            .args(words)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        openssl.stdin.take().unwrap().write_all(input).unwrap();
        let output = openssl.wait_with_output().unwrap();
        assert!(output.status.success(), "{words:?}");
        output.stdout
    }
}
