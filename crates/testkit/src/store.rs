//! A real object store: SeaweedFS on this machine, reached on 127.0.0.1 only, telling nobody.

use std::fmt::Write as _;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::leash::{Leash, Signal};

/// A running store with one empty bucket and one pair of keys that may read, write and list it. At the same address it
/// gives temporary keys (STS) to whoever takes on [`Store::ROLE`].
/// Dropping it stops SeaweedFS and waits for its end.
pub struct Store {
    endpoint: String,
    keys: Keys,
    _weed: Leash,
    _scratch: Option<TempDir>,
}

impl Store {
    /// The bucket every store has.
    pub const BUCKET: &str = "photos";
    /// The region its requests are signed for.
    pub const REGION: &str = "us-east-1";
    /// May do anything; a temporary key may do what of this it was asked for.
    pub const ROLE: &str = "arn:aws:iam::role/Ward";
    /// Whom a token must be made out to.
    pub const AUDIENCE: &str = "myward";
    /// How many ports in a row a store takes; each with its neighbour 10,000 above.
    pub const PORTS: u16 = 5;

    /// A store of a test's own, on free ports, gone with everything in it when dropped.
    ///
    /// # Panics
    /// With the reason when SeaweedFS is not there or does not start.
    pub async fn start() -> Store {
        Store::in_scratch(None).await
    }

    /// The same, where the role may also be taken on with a token that `issuer`, an origin, has signed: its public keys
    /// lie at `/jwks`.
    ///
    /// # Panics
    /// With the reason when SeaweedFS is not there or does not start.
    pub async fn trusting(issuer: &str) -> Store {
        Store::in_scratch(Some(issuer)).await
    }

    async fn in_scratch(issuer: Option<&str>) -> Store {
        let scratch = tempfile::tempdir().expect("a folder for the store");
        let store = run(scratch.path(), free_ports(), Signal::Kill, issuer).await.expect("a store");
        Store { _scratch: Some(scratch), ..store }
    }

    /// A store that keeps its pictures and keys in `folder`, on [`Store::PORTS`] ports from `first_port` on.
    ///
    /// # Errors
    /// A sentence for the person at the terminal: SeaweedFS missing, a port taken, SeaweedFS's own last words.
    pub async fn start_in(folder: &Path, first_port: u16) -> io::Result<Store> {
        if let Some(taken) = ports(first_port).find(|&port| !is_free(port)) {
            return Err(io::Error::other(format!("port {taken} of 127.0.0.1 is taken by another program")));
        }
        run(folder, first_port, Signal::Term, None).await
    }

    /// `http://127.0.0.1:PORT`, for path-style requests.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn bucket(&self) -> &str {
        Store::BUCKET
    }

    pub fn region(&self) -> &str {
        Store::REGION
    }

    pub fn access_key(&self) -> &str {
        &self.keys.access_key
    }

    pub fn secret_key(&self) -> &str {
        &self.keys.secret_key
    }
}

/// Kept beside the data, so that a store started again is opened by the same keys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key: String,
    secret_key: String,
}

async fn run(folder: &Path, first_port: u16, at_the_end: Signal, issuer: Option<&str>) -> io::Result<Store> {
    let data = folder.join("data");
    std::fs::create_dir_all(&data)?;
    let keys = Keys::kept_in(folder)?;
    std::fs::write(folder.join(IAM_CONFIG), roles(issuer)?.to_string())?;
    let [s3, master, filer, volume, admin] = std::array::from_fn(|at| first_port + at as u16);
    let log = folder.join("weed.log");
    let arguments = [
        "mini".to_owned(),
        format!("-dir={}", data.display()),
        "-ip=127.0.0.1".to_owned(),
        "-ip.bind=127.0.0.1".to_owned(),
        "-master.telemetry=false".to_owned(),
        "-webdav=false".to_owned(),
        "-admin.ui=false".to_owned(),
        format!("-s3.config={}", folder.join(S3_CONFIG).display()),
        format!("-s3.iam.config={}", folder.join(IAM_CONFIG).display()),
        format!("-s3.port={s3}"),
        "-s3.port.iceberg=0".to_owned(),
        "-s3.port.lance=0".to_owned(),
        format!("-bucket={}", Store::BUCKET),
        format!("-master.port={master}"),
        format!("-filer.port={filer}"),
        format!("-filer.localSocket={}", folder.join("filer.sock").display()),
        format!("-volume.port={volume}"),
        format!("-admin.port={admin}"),
    ];
    let mut weed = Leash::start(&program()?, arguments, at_the_end, &log)?;

    let endpoint = format!("http://127.0.0.1:{s3}");
    // The bucket is made last, and only SeaweedFS's own file server tells whether it is there.
    let signs =
        [format!("{endpoint}/status"), format!("http://127.0.0.1:{filer}/buckets/{}/", Store::BUCKET)];
    let http = crate::http::client();
    let deadline = Instant::now() + Duration::from_secs(60);
    for sign in signs {
        while !http.get(&sign).send().await.is_ok_and(|answer| answer.status().is_success()) {
            if weed.ended()?.is_some() || Instant::now() > deadline {
                return Err(io::Error::other(format!("SeaweedFS did not start: {}", last_lines(&log)?)));
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
    Ok(Store { endpoint, keys, _weed: weed, _scratch: None })
}

/// SeaweedFS's own file of who may do what.
const S3_CONFIG: &str = "s3.json";
/// Its file of roles and of who may take them on.
const IAM_CONFIG: &str = "iam.json";

fn roles(issuer: Option<&str>) -> io::Result<serde_json::Value> {
    let providers: Vec<_> = issuer
        .map(|issuer| {
            serde_json::json!({ "name": "city", "type": "oidc", "enabled": true, "config": {
                "issuer": issuer,
                "clientId": Store::AUDIENCE,
                "jwksUri": format!("{issuer}/jwks"),
                "roleMapping": { "defaultRole": Store::ROLE },
            }})
        })
        .into_iter()
        .collect();
    Ok(serde_json::json!({
        "sts": { "tokenDuration": "1h", "maxSessionLength": "12h", "issuer": "store",
                 // 32 bytes in Base64.
                 "signingKey": format!("{}A=", &random_hex(22)?[..42]) },
        "providers": providers,
        "policy": { "defaultEffect": "Deny", "storeType": "memory" },
        "policies": [{ "name": "Ward", "document": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"] },
        ]}}],
        "roles": [{ "roleName": "Ward", "roleArn": Store::ROLE, "attachedPolicies": ["Ward"],
            "trustPolicy": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"] },
            ]},
        }],
    }))
}

impl Keys {
    fn kept_in(folder: &Path) -> io::Result<Keys> {
        let file = folder.join("keys.json");
        if let Ok(kept) = std::fs::read(&file) {
            return Ok(serde_json::from_slice(&kept)?);
        }
        let keys = Keys { access_key: random_hex(10)?, secret_key: random_hex(20)? };
        let actions = ["Read", "Write", "List"].map(|action| format!("{action}:{}", Store::BUCKET));
        let config = serde_json::json!({ "identities": [{
            "name": "wards",
            "credentials": [{ "accessKey": keys.access_key, "secretKey": keys.secret_key }],
            "actions": actions,
        }]});
        std::fs::write(folder.join(S3_CONFIG), config.to_string())?;
        std::fs::write(file, serde_json::to_vec(&keys)?)?;
        Ok(keys)
    }
}

/// `$WEED`, or the one that `cargo xtask setup` put into the cache folder.
fn program() -> io::Result<PathBuf> {
    if let Some(weed) = std::env::var_os("WEED") {
        return Ok(weed.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .ok_or_else(|| io::Error::other("there is no home folder to find SeaweedFS in"))?;
    let weed = cache.join("myward-officer/seaweedfs/4.48/bin/weed");
    if weed.is_file() {
        Ok(weed)
    } else {
        Err(io::Error::other(format!(
            "SeaweedFS is not at {}: run `cargo xtask setup`, or set WEED",
            weed.display()
        )))
    }
}

/// Below the ports that systems hand out by themselves (Linux: from 32768 on), so that only other stores compete.
fn free_ports() -> u16 {
    for _ in 0..1000 {
        let random = getrandom::u32().expect("the system's randomness") % 10_000;
        let first = 11_000 + random as u16;
        if ports(first).all(is_free) {
            return first;
        }
    }
    panic!("no ports are free for a store");
}

fn ports(first: u16) -> impl Iterator<Item = u16> {
    (first..first + Store::PORTS).flat_map(|port| [port, port + 10_000])
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn random_hex(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(random.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string");
        hex
    }))
}

fn last_lines(log: &Path) -> io::Result<String> {
    let log = std::fs::read_to_string(log)?;
    let lines: Vec<&str> = log.lines().collect();
    Ok(lines[lines.len().saturating_sub(5)..].join("\n"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn its_keys_open_the_bucket_and_wrong_ones_do_not() {
        let store = Store::start().await;
        let put = curl(&store, store.secret_key(), &["-T", "Cargo.toml"]);
        assert_eq!(put, "200");
        assert_eq!(curl(&store, "wrong", &[]), "403");
        assert_eq!(curl(&store, store.secret_key(), &["-I"]), "200");
        assert_eq!(curl(&store, store.secret_key(), &["-T", "Cargo.toml", "-H", "If-None-Match: *"]), "412");
    }

    #[tokio::test]
    async fn a_kept_store_has_its_pictures_and_keys_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let first_port = free_ports();
        let store = Store::start_in(folder.path(), first_port).await.unwrap();
        assert_eq!(curl(&store, store.secret_key(), &["-T", "Cargo.toml"]), "200");
        assert!(Store::start_in(folder.path(), first_port).await.is_err(), "its ports are taken");
        drop(store);

        let store = Store::start_in(folder.path(), first_port).await.unwrap();
        assert_eq!(curl(&store, store.secret_key(), &["-I"]), "200");
    }

    /// The HTTP status of a request for one object, signed with the store's access key and `secret`.
    fn curl(store: &Store, secret: &str, arguments: &[&str]) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"])
            .args(["--aws-sigv4", &format!("aws:amz:{}:s3", store.region())])
            .args(["--user", &format!("{}:{secret}", store.access_key())])
            .args(arguments)
            .arg(format!("{}/{}/lamp.jpg", store.endpoint(), store.bucket()))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}
