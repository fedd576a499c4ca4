use couch::{Database, Members, Site};
use domain::{Replies, Workflow};
use photos::StoreSettings;
use serde_json::{Value, json};
use sync::{Credentials, PhotoStore, officers_role};

use crate::administrator;
use crate::cli::{Init, Store};
use crate::error::WardctlError;
use crate::output::Output;

/// Makes a server ready for a ward. What is there already stays, except the photo store when one
/// is named: the administrator says where photos go.
pub async fn init(init: Init, output: &Output) -> Result<(), WardctlError> {
    let (server, site) = administrator::open(&init.administrator).await?;
    let mut created = Vec::new();
    for system in ["_users", "_replicator"] {
        server.create_database(system).await?;
    }
    for name in databases(&site) {
        let new = server.create_database(&name).await?;
        if new {
            created.push(name.clone());
        }
        admit_officers(&server, &name, &officers_role(&site), new).await?;
    }
    let internal = server.database(&site.ops_database());
    let mut settings = Vec::new();
    let ours = [(Workflow::SETTING, Workflow::DEFAULT_JSON), (Replies::SETTING, Replies::DEFAULT_JSON)];
    for (id, text) in ours {
        if put_new(&internal, id, serde_json::from_str(text)?).await? {
            settings.push(id);
        }
    }
    if let Some(store) = init.store {
        put(&internal, PhotoStore::SETTING, serde_json::to_value(photo_store(store))?).await?;
        settings.push(PhotoStore::SETTING);
    }
    let done = json!({ "created": created, "settings": settings, "role": officers_role(&site) });
    output.say(&done, |_| {
        format!(
            "The ward is ready: databases {}. Add officers with `wardctl add-officer`.",
            databases(&site).join(" and ")
        )
    })
}

fn databases(site: &Site) -> [String; 2] {
    [site.database().to_owned(), site.ops_database()]
}

/// Adds the officers' role to a database's members and leaves everybody else who is named there. A
/// database that was open to everybody stays so: phones may rely on it.
async fn admit_officers(
    server: &couch::Server,
    database: &str,
    role: &str,
    new: bool,
) -> Result<(), WardctlError> {
    let before = server.security(database).await?;
    let mut after = before.clone();
    let open_to_everybody = !new && before.members == Members::default();
    if !open_to_everybody && !after.members.roles.iter().any(|known| known == role) {
        after.members.roles.push(role.to_owned());
    }
    if new && after.admins == Members::default() {
        after.admins.roles.push("_admin".to_owned());
    }
    if after != before {
        server.put_security(database, &after).await?;
    }
    Ok(())
}

fn photo_store(store: Store) -> PhotoStore {
    let credentials = match (store.access_key, store.secret_key, store.token_service) {
        (Some(access_key), Some(secret_key), _) => Credentials::Static { access_key, secret_key },
        (_, _, Some(token_service)) => Credentials::WebIdentity {
            token_service,
            role: store.role.unwrap_or_default(),
            token_path: store.token_path.unwrap_or_default(),
        },
        (_, _, None) => Credentials::Published,
    };
    let place = StoreSettings { endpoint: store.store_endpoint, bucket: store.bucket, region: store.region };
    PhotoStore { place, credentials }
}

pub async fn put_new(database: &Database, id: &str, document: Value) -> Result<bool, WardctlError> {
    match database.get(id).await? {
        Some(_) => Ok(false),
        None => {
            database.put(id, &document).await?;
            Ok(true)
        }
    }
}

/// Puts a setting on top of the revision that is there.
pub async fn put(database: &Database, id: &str, mut document: Value) -> Result<(), WardctlError> {
    if let Some(known) = database.get(id).await? {
        let known: Value = serde_json::from_str(known.get())?;
        document["_rev"] = known["_rev"].clone();
    }
    database.put(id, &document).await?;
    Ok(())
}
