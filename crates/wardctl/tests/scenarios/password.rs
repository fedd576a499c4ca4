use testkit::Login;

use crate::town::{Laptop, Town};

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sign_in_without_a_line_says_what_it_needs_and_leaves_nothing() {
    let town = Town::founded("first").await;
    let login = town.hire("asha");
    let laptop = town.laptop(login);
    town.cut().await;
    let refusal = laptop.refusal(&["sign-in", "--couch", &laptop.site, "--user", &laptop.login.name]);
    assert!(refusal.contains("first sign-in needs the server"), "{refusal}");
    assert_eq!(accounts(&laptop), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_with_and_without_a_line_and_leaves_nothing() {
    let town = Town::founded("wrong").await;
    let asha = town.officer("asha");
    let sign_in = ["sign-in", "--couch", asha.site.as_str(), "--user", asha.login.name.as_str()];
    let wrong = Laptop {
        login: Login { password: "not her password".into(), ..asha.login.clone() },
        site: asha.site.clone(),
        home: tempfile::TempDir::new().unwrap(),
    };
    assert!(wrong.refusal(&sign_in).contains("wrong"));
    assert_eq!(accounts(&wrong), 0, "a refused sign-in leaves no account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_on_the_server_loses_nothing() {
    let town = Town::founded("changed").await;
    let lamp =
        serde_json::json!({ "_id": "01", "problemDescription": "Lamp", "picture": { "large": "a.jpg" } });
    town.couch.write(town.couch.database(), &lamp).await;
    let mut asha = town.officer("asha");
    asha.sync();
    asha.run(&["set", "01", "--status", "acknowledged"]);

    let old = asha.login.password.clone();
    asha.login = town.couch.change_password(&asha.login, "a quite different monsoon").await;
    let words = ["sign-in", "--couch", asha.site.as_str(), "--user", asha.login.name.as_str()];
    let passwords =
        [("WARDCTL_PASSWORD", asha.login.password.as_str()), ("WARDCTL_PREVIOUS_PASSWORD", old.as_str())];
    let output = asha.output_with(&words, &passwords);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(asha.unsent(), (1, 0, 0, 0));
    asha.sync();
    assert_eq!(town.grievance("01").await["triage"]["status"], "acknowledged");
    asha.login.password = old;
    asha.refusal(&["list"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_on_one_laptop_are_sealed_from_each_other() {
    let town = Town::founded("two").await;
    let asha = town.officer("asha");
    asha.sync();
    let ravi = Laptop { login: town.hire("ravi"), site: asha.site.clone(), home: asha.home };
    ravi.sign_in();
    assert_eq!(accounts(&ravi), 2);
    let names: Vec<String> = walk(ravi.home.path());
    for login in [&asha.login.name, &ravi.login.name] {
        assert!(!names.iter().any(|name| name.contains(login)), "a file is named after {login}");
    }
    // Ravi's account is current; asha's password does not open it.
    let pretender = Laptop { login: asha.login, site: ravi.site.clone(), home: ravi.home };
    assert!(pretender.refusal(&["list"]).contains("wrong"));
}

fn accounts(laptop: &Laptop) -> usize {
    match std::fs::read_dir(laptop.home.path().join("accounts")) {
        Ok(folder) => folder.count(),
        Err(_) => 0,
    }
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        names.push(entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            names.extend(walk(&entry.path()));
        }
    }
    names
}
