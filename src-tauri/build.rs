use tauri_build::{AppManifest, Attributes};

/// With a permission pattern of its own the app's commands are denied unless a capability allows them.
fn main() {
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let manifest = AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml");
    if let Err(error) = tauri_build::try_build(Attributes::new().app_manifest(manifest)) {
        panic!("{error:#}");
    }
}
