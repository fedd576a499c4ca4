//! Temporary keys. A store's token service (STS) gives them for a few minutes to twelve hours; each question is one
//! POST with an answer in XML. Most stores answer at their own address, Amazon at `https://sts.<region>.amazonaws.com`.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use jiff::Timestamp;
use serde_json::json;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use crate::bucket::{Transport, transport};
use crate::store_refusal::meaning;
use crate::{Key, PhotoError};

/// Where temporary keys are asked for, and what for: to put and get photos of one bucket.
pub struct TokenService<'a> {
    /// By the rules of the store's own address.
    pub endpoint: &'a str,
    pub region: &'a str,
    pub bucket: &'a str,
    /// Amazon's name of the role; some stores know none.
    pub role: Option<&'a str>,
}

impl TokenService<'_> {
    /// `AssumeRole`: a key for `seconds` (900 or more) on the word of an administrator's key.
    pub async fn on_behalf(&self, owner: &Key, session: &str, seconds: u32) -> Result<Key, PhotoError> {
        self.ask(self.form("AssumeRole", None, session, seconds), Some(owner)).await
    }

    /// `AssumeRoleWithWebIdentity`: a key for `seconds` (900 or more) on the word of whoever signed `token`.
    pub async fn for_token(&self, token: &str, session: &str, seconds: u32) -> Result<Key, PhotoError> {
        self.ask(self.form("AssumeRoleWithWebIdentity", Some(token), session, seconds), None).await
    }

    fn form(&self, action: &str, token: Option<&str>, session: &str, seconds: u32) -> Zeroizing<String> {
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2011-06-15");
        if let Some(role) = self.role {
            form.append_pair("RoleArn", role);
        }
        form.append_pair("RoleSessionName", &session_name(session));
        form.append_pair("DurationSeconds", &seconds.to_string());
        form.append_pair("Policy", &put_and_get(self.bucket));
        if let Some(token) = token {
            form.append_pair("WebIdentityToken", token);
        }
        Zeroizing::new(form.finish())
    }

    async fn ask(&self, form: Zeroizing<String>, owner: Option<&Key>) -> Result<Key, PhotoError> {
        let url = format!("{}/", self.endpoint.trim_end_matches('/'));
        let mut request = HttpRequest::new(SdkBody::from(form.as_bytes()));
        request.set_method("POST").and_then(|()| request.set_uri(url.as_str())).map_err(unreachable)?;
        request.headers_mut().insert(FORM.0, FORM.1);
        if let Some(owner) = owner {
            for (name, value) in self.signature(&url, form.as_bytes(), owner)? {
                request.headers_mut().insert(name, value);
            }
        }
        let (status, answer) = tokio::time::timeout(PATIENCE, send(transport(self.endpoint)?, request))
            .await
            .map_err(unreachable)??;
        key(status, &answer)
    }

    /// The headers that prove whose question it is.
    fn signature(
        &self,
        url: &str,
        body: &[u8],
        owner: &Key,
    ) -> Result<Vec<(&'static str, String)>, PhotoError> {
        let identity = owner.credentials().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name("sts")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(unreachable)?;
        let signable = SignableRequest::new("POST", url, [FORM].into_iter(), SignableBody::Bytes(body));
        let signed = sign(signable.map_err(unreachable)?, &parameters.into()).map_err(unreachable)?;
        let (instructions, _) = signed.into_parts();
        Ok(instructions.into_parts().0.into_iter().map(|it| (it.name(), it.value().to_owned())).collect())
    }
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// As long as the store itself is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Keys have a few kilobytes; the rest of a longer answer is not read.
const LONGEST_ANSWER: usize = 64 << 10;

/// What every laptop may do. The right to list shows nothing that a laptop does not know (it has all grievances, with
/// the names of their photos); without it Amazon answers 403 for a photo that is not there yet, as if the key were bad.
fn put_and_get(bucket: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": [format!("arn:aws:s3:::{bucket}/*")] },
            { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [format!("arn:aws:s3:::{bucket}")] },
        ],
    })
    .to_string()
}

/// For the store's log: two to 64 letters that it takes.
fn session_name(name: &str) -> String {
    let taken = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    let name: String = name.chars().map(|letter| if taken(letter) { letter } else { '-' }).take(64).collect();
    format!("{name:-<2}")
}

async fn send(transport: Transport, request: HttpRequest) -> Result<(u16, Zeroizing<String>), PhotoError> {
    let settings = HttpConnectorSettings::builder().connect_timeout(Duration::from_secs(10)).build();
    let connector = Connector::builder().connector_settings(settings);
    let connector = match transport {
        Transport::Tls => connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).build(),
        Transport::Loopback => connector.build_http(),
    };
    let answer = connector.call(request).await.map_err(unreachable)?;
    let status = answer.status().as_u16();
    let mut body = ByteStream::new(answer.into_body());
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST_ANSWER));
    while let Some(piece) = body.try_next().await.map_err(unreachable)? {
        let room = LONGEST_ANSWER - text.len();
        text.extend_from_slice(&piece[..piece.len().min(room)]);
        if room < piece.len() {
            break;
        }
    }
    let text = String::from_utf8(std::mem::take(&mut *text)).map_err(|_| no_key(status))?;
    Ok((status, Zeroizing::new(text)))
}

/// The four elements of an answer that count. Neither they nor error codes hold anything that XML would have to escape.
fn key(status: u16, answer: &str) -> Result<Key, PhotoError> {
    let element = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        (!text.is_empty() && !text.contains(['<', '&'])).then(|| text.to_owned())
    };
    if !(200..300).contains(&status) {
        return Err(meaning(&element("Code").unwrap_or_default(), status, None));
    }
    let complete = || {
        Some(Key {
            access_key: element("AccessKeyId")?,
            secret_key: element("SecretAccessKey")?,
            session_token: Some(element("SessionToken")?),
            ends: Some(element("Expiration")?.parse::<Timestamp>().ok()?.as_second()),
        })
    };
    complete().ok_or_else(|| no_key(status))
}

fn no_key(status: u16) -> PhotoError {
    PhotoError::StoreRefused { status, code: "an answer without a key".to_owned() }
}

fn unreachable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PhotoError {
    PhotoError::Unreachable(error.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GIVEN: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
        <SecretAccessKey>a/b+c=</SecretAccessKey><SessionToken>ey.J.x</SessionToken>\
        <Expiration>1970-01-01T00:16:40Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

    #[test]
    fn a_key_is_taken_whole_or_not_at_all() {
        let given = key(200, GIVEN).unwrap();
        assert_eq!((given.access_key.as_str(), given.secret_key.as_str()), ("ASIA1", "a/b+c="));
        assert_eq!((given.session_token.as_deref(), given.ends), (Some("ey.J.x"), Some(1_000)));
        let table = [
            (200, GIVEN.replace("SessionToken", "Other")),
            (200, GIVEN.replace("1970-01-01T00:16:40Z", "tomorrow")),
            (200, GIVEN.replace("a/b+c=", "a&amp;b")),
            (200, "<html>Welcome to the café</html>".to_owned()),
            (400, GIVEN.to_owned()),
        ];
        for (status, answer) in table {
            assert!(matches!(key(status, &answer), Err(PhotoError::StoreRefused { .. })), "{answer}");
        }
        let no = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
        assert!(matches!(key(403, no), Err(PhotoError::AccessRefused)));
        assert!(matches!(key(503, ""), Err(PhotoError::Busy { .. })));
    }

    #[test]
    fn any_officers_name_makes_a_session_name() {
        let table = [
            ("asha@ward.example", "asha@ward.example"),
            ("asha k", "asha-k"),
            ("ಆಶಾ", "---"),
            ("a", "a-"),
            ("", "--"),
        ];
        for (name, expected) in table {
            assert_eq!(session_name(name), expected);
        }
        assert_eq!(session_name(&"a".repeat(100)).len(), 64);
    }
}
