//! What lies in the bucket, as curl sees it.

use std::collections::BTreeSet;
use std::process::Command;

use testkit::Store;

/// The keys of all objects.
pub fn keys(store: &Store) -> BTreeSet<String> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail"])
        .args(["--aws-sigv4", &format!("aws:amz:{}:s3", store.region())])
        .args(["--user", &format!("{}:{}", store.access_key(), store.secret_key())])
        .arg(format!("{}/{}?list-type=2", store.endpoint(), store.bucket()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.contains("<IsTruncated>false</IsTruncated>"), "{listed}");
    listed.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once('<')?.0.to_owned())).collect()
}
