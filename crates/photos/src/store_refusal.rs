use std::time::Duration;

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use crate::PhotoError;

/// The answer of a store that did not do what was asked, as S3's error codes and HTTP tell it.
pub enum StoreRefusal {
    /// The condition "only if nothing is there" failed, or the store does not know conditions: look what is there.
    Condition,
    Failed(PhotoError),
}

impl StoreRefusal {
    /// Of a PUT with a condition. Stores say that an object exists with 412, 304 (older MinIO) or 409, and that they
    /// know no conditions with 501 or one of many kinds of 400.
    pub fn of_conditional<E>(error: SdkError<E, HttpResponse>) -> StoreRefusal
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        match refusal(error) {
            PhotoError::StoreRefused { .. } if matches!(status, 304 | 400 | 409 | 412 | 501) => {
                StoreRefusal::Condition
            }
            failed => StoreRefusal::Failed(failed),
        }
    }
}

/// What a failed request to the store means to the officer.
pub fn refusal<E>(error: SdkError<E, HttpResponse>) -> PhotoError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let Some(answer) = error.raw_response() else {
        return PhotoError::Unreachable(error.into());
    };
    let status = answer.status().as_u16();
    let retry_after =
        answer.headers().get("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    meaning(error.code().unwrap_or_default(), status, retry_after)
}

/// The same of an error code and a status, of the store or of its token service.
pub fn meaning(code: &str, status: u16, retry_after: Option<Duration>) -> PhotoError {
    match (code, status) {
        ("RequestTimeTooSkewed" | "RequestExpired", _) => PhotoError::ClockWrong,
        ("BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch", _) => PhotoError::Mismatch,
        ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" | "InvalidAccessKeyId", _) => {
            PhotoError::AccessRefused
        }
        // Ceph and versitygw say it with 403, MinIO of its disk with 507 and of a quota with 400.
        ("QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded", _) | (_, 507) => {
            PhotoError::StoreFull
        }
        ("SlowDown" | "RequestTimeout" | "InternalError" | "ServiceUnavailable", _) => {
            PhotoError::Busy { retry_after }
        }
        ("NoSuchKey" | "NotFound" | "", 404) => PhotoError::Missing,
        (_, 401 | 403) => PhotoError::AccessRefused,
        (_, 408 | 429 | 500 | 502 | 503 | 504) => PhotoError::Busy { retry_after },
        _ => PhotoError::StoreRefused { status, code: code.to_owned() },
    }
}
