//! What has to be on the machine first.

use crate::steps::take;
use crate::{Done, cargo_deny, node, packages, seaweedfs};

/// All of it.
pub fn everything() -> Done {
    take(&[
        ("Debian's packages", &packages::for_the_tests),
        ("Packages of the window", &|| node::install("ui")),
        ("Packages of the citizen's phone", &|| node::install("tests/phone")),
        ("SeaweedFS", &seaweedfs::install),
        ("cargo-deny", &cargo_deny::install),
    ])
}

/// What a person needs who only wants to see the app.
pub fn for_the_demo() -> Done {
    take(&[
        ("Debian's packages", &packages::for_the_app),
        ("Packages of the window", &|| node::install("ui")),
        ("SeaweedFS", &seaweedfs::install),
    ])
}
