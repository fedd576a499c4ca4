use photos::{Key, TokenService};
use serde_json::json;
use sync::{PhotoAccess, PhotoStore};

use crate::cli::Publish;
use crate::error::WardctlError;
use crate::output::Output;
use crate::{administrator, init};

/// Gets a temporary key on the word of the administrator's, and leaves it where laptops find it. Neither is printed.
pub async fn publish(publish: Publish, output: &Output) -> Result<(), WardctlError> {
    let (server, site) = administrator::open(&publish.administrator).await?;
    let internal = server.database(&site.ops_database());
    let setting = internal.get(PhotoStore::SETTING).await?.ok_or(WardctlError::NoPhotoStore)?;
    let place = PhotoStore::parse(setting.get())?.place;
    let service = TokenService {
        endpoint: publish.token_service.as_deref().unwrap_or(&place.endpoint),
        region: &place.region,
        bucket: &place.bucket,
        role: publish.role.as_deref(),
    };
    let (access_key, secret_key) = (publish.access_key, publish.secret_key);
    let owner = Key::lasting(access_key, secret_key);
    let key = service.on_behalf(&owner, "wards", publish.minutes * 60).await?;
    let access = PhotoAccess::of(&key).ok_or(WardctlError::EndlessKey)?;
    let expires = access.expires;
    init::put(&internal, PhotoAccess::SETTING, serde_json::to_value(access)?).await?;
    output.say(&json!({ "expires": expires }), |_| format!("Photo access is published until {expires}."))
}
