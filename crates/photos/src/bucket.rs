use std::time::Duration;

use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    primitives::ByteStream,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    Access, MAX_PHOTO, PhotoError,
    digest::{hex, md5, sha256_hex},
    format::photo_format,
    store_refusal::{StoreRefusal, refusal},
};

/// The most bytes one upload may have: 8 MiB. Every S3 store takes that in a single PUT, and a prepared photo has at
/// most 6 MiB (usually one), so nothing here needs multipart uploads.
pub const MAX_UPLOAD: u64 = 8 << 20;

/// Where the photos are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreSettings {
    /// `https://host[:port]`; plain `http` is for this very machine only.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
}

/// What [`Bucket::put`] has made sure of: the store holds exactly the photo's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Of the bytes, 64 lower-case hex digits.
    pub sha256: String,
    /// Nothing had to be sent twice: the store had the photo from an earlier try or another laptop.
    pub already_there: bool,
}

/// How long a request may take until it is answered.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The photo store: an S3 bucket with flat keys.
///
/// One call is one try: when to try again is the caller's decision. A request that gets no connection within 10
/// seconds or no answer within [`PATIENCE`] is given up, and so is a transfer that stalls.
#[derive(Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// Speaks to nobody yet.
    pub fn new(settings: &StoreSettings, access: Access) -> Result<Bucket, PhotoError> {
        let client = match transport(&settings.endpoint)? {
            Transport::Tls => Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
            Transport::Loopback => Builder::new().build_http(),
        };
        if !is_bucket_name(&settings.bucket) {
            return Err(PhotoError::BadAddress { why: "it has no usable bucket" });
        }
        // Stores other than Amazon's do not all understand the SDK's default checksums; one stores them as content.
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(client)
            .endpoint_url(&settings.endpoint)
            .region(Region::new(settings.region.clone()))
            .credentials_provider(access)
            .identity_cache(IdentityCache::no_cache())
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(PATIENCE))
            .build();
        Ok(Bucket { client: Client::from_conf(config), name: settings.bucket.clone() })
    }

    /// The same for a line on which a photo takes up to `patience` to go up.
    pub fn with_patience(&self, patience: Duration) -> Bucket {
        let config = self.client.config().to_builder().timeout_config(timeouts(patience)).build();
        Bucket { client: Client::from_conf(config), name: self.name.clone() }
    }

    /// Stores a photo under a key that is derived from its content, and makes sure that the store has it.
    ///
    /// Repeating this is harmless, also when the answer to an earlier try was lost: what is there already is not sent
    /// again. Other bytes under the key, which can only be the rest of an accident, are replaced.
    pub async fn put(&self, key: &str, photo: Vec<u8>) -> Result<Stored, PhotoError> {
        check_key(key)?;
        if photo.len() as u64 > MAX_UPLOAD {
            return Err(PhotoError::TooLarge { limit: MAX_UPLOAD });
        }
        let sha256 = sha256_hex(&photo);
        let put = |only_if_none: Option<&str>| {
            self.client
                .put_object()
                .bucket(&self.name)
                .key(key)
                .set_if_none_match(only_if_none.map(str::to_owned))
                .content_type("image/jpeg")
                .content_md5(BASE64_STANDARD.encode(md5(&photo)))
                .metadata(SHA256_METADATA, &sha256)
                .body(ByteStream::from(photo.clone()))
        };
        let tag = match put(Some("*")).send().await.map_err(StoreRefusal::of_conditional) {
            Ok(answer) => answer.e_tag,
            Err(StoreRefusal::Failed(error)) => return Err(error),
            Err(StoreRefusal::Condition) => {
                match self.check_stored(key, self.tag(key).await, &photo).await {
                    Ok(()) => return Ok(Stored { sha256, already_there: true }),
                    Err(PhotoError::Missing | PhotoError::Mismatch) => {}
                    Err(error) => return Err(error),
                }
                put(None).send().await.map_err(refusal)?.e_tag
            }
        };
        self.check_stored(key, Ok(tag), &photo).await?;
        Ok(Stored { sha256, already_there: false })
    }

    /// Fetches a photo of at most [`MAX_PHOTO`] bytes, checked as far as the store and the key allow. It is still
    /// anybody's bytes: show it through [`crate::Decoder::display`] only.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, PhotoError> {
        check_key(key)?;
        let (photo, claimed) = self.fetch(key).await?;
        let sha256 = sha256_hex(&photo);
        let named = key.strip_suffix(".jpg").filter(|name| is_sha256(name));
        let claimed = claimed.as_deref().filter(|claim| is_sha256(claim));
        if named.into_iter().chain(claimed).any(|expected| expected != sha256) {
            return Err(PhotoError::Mismatch);
        }
        photo_format(&photo).ok_or(PhotoError::NotAPhoto)?;
        Ok(photo)
    }

    /// Removes an object. That it is not there is not an error.
    pub async fn delete(&self, key: &str) -> Result<(), PhotoError> {
        check_key(key)?;
        self.client.delete_object().bucket(&self.name).key(key).send().await.map_err(refusal)?;
        Ok(())
    }

    /// The `ETag` of a single PUT is the MD5 of what the store received, unless the store encrypts; then the object is
    /// read back.
    async fn check_stored(
        &self,
        key: &str,
        tag: Result<Option<String>, PhotoError>,
        photo: &[u8],
    ) -> Result<(), PhotoError> {
        if tag?.is_some_and(|tag| tag.trim_matches('"') == hex(&md5(photo))) {
            return Ok(());
        }
        let (stored, _) = self.fetch(key).await?;
        if stored == photo { Ok(()) } else { Err(PhotoError::Mismatch) }
    }

    async fn tag(&self, key: &str) -> Result<Option<String>, PhotoError> {
        Ok(self.client.head_object().bucket(&self.name).key(key).send().await.map_err(refusal)?.e_tag)
    }

    /// The bytes, and the SHA-256 that the sender wrote beside them.
    async fn fetch(&self, key: &str) -> Result<(Vec<u8>, Option<String>), PhotoError> {
        let answer = self.client.get_object().bucket(&self.name).key(key).send().await.map_err(refusal)?;
        let too_large = PhotoError::TooLarge { limit: MAX_PHOTO };
        if answer.content_length.is_some_and(|length| length.unsigned_abs() > MAX_PHOTO) {
            return Err(too_large);
        }
        let claimed = answer.metadata.and_then(|mut written| written.remove(SHA256_METADATA));
        let mut body = answer.body;
        let mut photo = Vec::new();
        while let Some(piece) =
            body.try_next().await.map_err(|error| PhotoError::Unreachable(error.into()))?
        {
            if (photo.len() + piece.len()) as u64 > MAX_PHOTO {
                return Err(too_large);
            }
            photo.extend_from_slice(&piece);
        }
        Ok((photo, claimed))
    }
}

/// Shown by stores as `x-amz-meta-sha256`.
const SHA256_METADATA: &str = "sha256";

/// The SDK's `read_timeout` is the time until the first byte of an answer, and what goes up counts into it.
fn timeouts(answer: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(10)).read_timeout(answer).build()
}

pub(crate) enum Transport {
    Tls,
    Loopback,
}

pub(crate) fn transport(endpoint: &str) -> Result<Transport, PhotoError> {
    let refuse = |why| Err(PhotoError::BadAddress { why });
    let Ok(url) = Url::parse(endpoint) else {
        return refuse("it is not a URL");
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return refuse("it has more than a host and a port");
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return refuse("it has no host"),
    };
    match url.scheme() {
        "https" => Ok(Transport::Tls),
        "http" if loopback => Ok(Transport::Loopback),
        "http" => refuse("it is not encrypted"),
        _ => refuse("it is not http or https"),
    }
}

fn is_bucket_name(name: &str) -> bool {
    let good = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'.' | b'_');
    (3..=63).contains(&name.len()) && name.bytes().all(good) && !name.starts_with('.')
}

/// Keys come from other people's documents. Only what cannot mean anything but one object is sent.
fn check_key(key: &str) -> Result<(), PhotoError> {
    let odd = key.contains(|letter: char| letter.is_control() || matches!(letter, '/' | '\\'));
    if key.is_empty() || key.len() > 1024 || odd || matches!(key, "." | "..") {
        return Err(PhotoError::BadName);
    }
    Ok(())
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}
