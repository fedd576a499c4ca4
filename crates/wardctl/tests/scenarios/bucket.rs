//! What lies in the bucket, as curl sees it.

use std::process::Command;

use testkit::Store;

/// The keys of all objects, in order.
pub fn keys(store: &Store) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    loop {
        // At most a thousand at once, in order.
        let after = keys.last().map(|last| format!("&start-after={last}")).unwrap_or_default();
        let listed = curl(store, &[], &format!("?list-type=2{after}"));
        keys.extend(
            listed.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once('<')?.0.to_owned())),
        );
        if listed.contains("<IsTruncated>false</IsTruncated>") {
            return keys;
        }
    }
}

/// Puts a file there, as a phone does.
pub fn put(store: &Store, file: &std::path::Path, key: &str) {
    let file = file.display().to_string();
    curl(store, &["--upload-file", &file, "--header", "Content-Type: image/jpeg"], &format!("/{key}"));
}

/// Takes an object away, as a store that is set back does.
pub fn remove(store: &Store, key: &str) {
    curl(store, &["--request", "DELETE"], &format!("/{key}"));
}

fn curl(store: &Store, arguments: &[&str], rest: &str) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail"])
        .args(["--aws-sigv4", &format!("aws:amz:{}:s3", store.region())])
        .args(["--user", &format!("{}:{}", store.access_key(), store.secret_key())])
        .args(arguments)
        .arg(format!("{}/{}{rest}", store.endpoint(), store.bucket()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
