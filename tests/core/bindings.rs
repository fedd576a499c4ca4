use std::path::Path;

use specta_typescript::Typescript;
use tauri::test::MockRuntime;

/// `UPDATE_BINDINGS=1 cargo test -p myward-officer bindings` writes the file anew.
#[test]
fn the_windows_bindings_are_those_of_the_contract() {
    let bindings = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/core/bindings.ts");
    let scratch = tempfile::tempdir().unwrap();
    let generated = scratch.path().join("bindings.ts");
    myward_officer::contract!(MockRuntime).export(Typescript::default(), &generated).unwrap();
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::copy(&generated, &bindings).unwrap();
    }
    let generated = std::fs::read_to_string(&generated).unwrap();
    let committed = std::fs::read_to_string(&bindings).unwrap_or_default();
    assert!(generated == committed, "run UPDATE_BINDINGS=1 cargo test -p myward-officer bindings");
}
