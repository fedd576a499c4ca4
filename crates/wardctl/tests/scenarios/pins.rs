use std::process::Output;

use rcgen::KeyPair;
use serde_json::{Value, json};
use testkit::pin;

use crate::gate::Gate;
use crate::town::{Laptop, Town, said, wardctl};

const SETTING: &str = "settings:pins";
const LAMP: &str = "a0000000000000000000000000000001";

/// A town behind a gate, and where its authority's certificate lies.
struct Walled {
    town: Town,
    gate: Gate,
    folder: tempfile::TempDir,
}

impl Walled {
    async fn founded(name: &str, key: &KeyPair) -> Walled {
        let town = Town::founded(name).await;
        let folder = tempfile::tempdir().unwrap();
        let gate = Gate::before(town.couch_line.url(), key, &folder.path().join("authority.pem")).await;
        Walled { town, gate, folder }
    }

    fn site(&self) -> String {
        format!("{}/{}", self.gate.url, self.town.couch.database())
    }

    /// A laptop whose operating system trusts the authority.
    fn officer(&self, name: &str) -> Trusting<'_> {
        let laptop = Laptop { site: self.site(), ..self.town.laptop(self.town.hire(name)) };
        let asha = Trusting { laptop, walled: self };
        asha.run(&["sign-in", "--couch", &self.site(), "--user", &asha.laptop.login.name]);
        asha
    }

    fn publish(&self, words: &[&str]) -> Output {
        let admin = self.town.couch.administrator();
        let site = self.site();
        let words = [&["pins", "publish", "--couch", &site, "--admin", &admin.name], words].concat();
        wardctl(&words, &[("WARDCTL_PASSWORD", &admin.password), ("SSL_CERT_FILE", &self.authority())])
    }

    fn authority(&self) -> String {
        self.folder.path().join("authority.pem").display().to_string()
    }

    async fn announce(&self, keys: &[String], report_only: bool) {
        let database = self.town.couch.ops_database();
        let mut setting =
            json!({ "_id": SETTING, "pins": keys, "until": day_ahead(), "reportOnly": report_only });
        if let Some(known) = self.town.couch.document(&database, SETTING).await {
            setting["_rev"] = known["_rev"].clone();
        }
        self.town.couch.write(&database, &setting).await;
    }
}

struct Trusting<'w> {
    laptop: Laptop,
    walled: &'w Walled,
}

impl Trusting<'_> {
    fn output(&self, words: &[&str]) -> Output {
        let password = &self.laptop.login.password;
        let authority = self.walled.authority();
        self.laptop.output_with(words, &[("WARDCTL_PASSWORD", password), ("SSL_CERT_FILE", &authority)])
    }

    fn run(&self, words: &[&str]) -> Value {
        said(self.output(words))
    }

    fn refusal(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(!output.status.success(), "{words:?} went through");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Verdict and words of the doctor on one thing.
    fn doctor(&self, what: &str) -> Option<(String, String)> {
        let checks: Value = serde_json::from_slice(&self.output(&["doctor"]).stdout).unwrap();
        let check = checks.as_array().unwrap().iter().find(|check| check["what"] == what)?;
        Some((check["verdict"].as_str().unwrap().to_owned(), check["found"].as_str().unwrap().to_owned()))
    }

    fn says(&self, what: &str, verdict: &str, words: &str) {
        let (found, said) = self.doctor(what).unwrap_or_else(|| panic!("nothing of {what}"));
        assert!(found == verdict && said.contains(words), "{found}: {said}");
    }

    fn timeline_tells(&self, words: &str) -> bool {
        let lines = self.run(&["timeline"]);
        lines.as_array().unwrap().iter().any(|line| line["sentence"].as_str().unwrap().contains(words))
    }
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn day_ahead() -> String {
    domain::Pins::day(jiff::Timestamp::now().as_second() + 30 * 86_400)
}

/// N9. Somebody on the way has a certificate that the laptop's authorities vouch for.
#[tokio::test(flavor = "multi_thread")]
async fn n9_asha_sends_nothing_to_a_server_with_a_key_that_the_city_did_not_announce() {
    let (present, backup, strange) = (key(), key(), key());
    let walled = Walled::founded("pins-strange", &present).await;
    let asha = walled.officer("asha");
    let published = said(walled.publish(&["--backup", &pin(&backup), "--until", &day_ahead()]));
    assert_eq!(published["pins"], json!([pin(&present), pin(&backup)]));
    let lamp = json!({
        "_id": LAMP, "reportedBy": "citizen@example.org", "reportedDateTime": "20261123_081500",
        "problemDescription": "Lamp is dark", "address": "Temple road",
    });
    walled.town.couch.write(walled.town.couch.database(), &lamp).await;
    asha.run(&["sync"]);
    asha.says("announced certificates", "ok", &format!("until {}; any other is refused", day_ahead()));

    walled.gate.shows(&strange);
    asha.run(&["set", LAMP, "--status", "acknowledged"]);
    let heard = walled.gate.heard();
    let refused = asha.refusal(&["sync"]);
    let sentence = format!(
        "The server's certificate is not one that your city announced, so nothing was sent to it. Tell the administrator. \
         Until {} this laptop trusts only the announced ones. 1 change is saved on this laptop.",
        day_ahead()
    );
    assert!(refused.contains(&sentence), "{refused}");
    asha.says("address and certificate", "fault", "not one that your city announced");
    assert_eq!(walled.gate.heard(), heard, "bytes went to a stranger");

    walled.gate.shows(&backup);
    asha.run(&["sync"]);
    assert_eq!(walled.town.grievance(LAMP).await["triage"]["status"], "acknowledged");
    assert!(asha.timeline_tells("not one that your city announced"));
}

/// N9. Asha's password was changed, and her sign-in, which opens the laptop only afterwards, meets the stranger first.
#[tokio::test(flavor = "multi_thread")]
async fn n9_a_stranger_at_the_sign_in_does_not_undo_the_announcement() {
    let present = key();
    let walled = Walled::founded("pins-sign-in", &present).await;
    let mut asha = walled.officer("asha");
    walled.announce(&[pin(&key()), pin(&present)], false).await;
    asha.run(&["sync"]);

    let old = asha.laptop.login.password.clone();
    asha.laptop.login =
        walled.town.couch.change_password(&asha.laptop.login, "a quite different monsoon").await;
    walled.gate.shows(&key());
    let words = ["sign-in", "--couch", &walled.site(), "--user", &asha.laptop.login.name];
    let authority = walled.authority();
    said(asha.laptop.output_with(
        &words,
        &[
            ("WARDCTL_PASSWORD", &asha.laptop.login.password),
            ("WARDCTL_PREVIOUS_PASSWORD", &old),
            ("SSL_CERT_FILE", &authority),
        ],
    ));
    assert!(asha.refusal(&["sync"]).contains("not one that your city announced"));

    walled.gate.shows(&present);
    asha.run(&["sync"]);
    asha.says("announced certificates", "ok", "any other is refused");
}

/// N9. The administrator writes keys down that no server has.
#[tokio::test(flavor = "multi_thread")]
async fn n9_an_announcement_that_is_wrong_keeps_nobody_from_her_server() {
    let present = key();
    let walled = Walled::founded("pins-wrong", &present).await;
    let asha = walled.officer("asha");
    asha.run(&["sync"]);
    assert_eq!(asha.doctor("announced certificates"), None, "a city that announced nothing");

    walled.announce(&[pin(&key()), pin(&present)], false).await;
    asha.run(&["sync"]);
    asha.says("announced certificates", "ok", "any other is refused");

    walled.announce(&[pin(&key()), pin(&key())], false).await;
    for _ in 0..2 {
        asha.run(&["sync"]);
    }
    asha.says("announced certificates", "warning", "has not yet seen the server with an announced one");
    assert!(asha.timeline_tells("The laptop connected all the same."));

    // Set right, it counts from the pull that brings it.
    walled.announce(&[pin(&key()), pin(&present)], false).await;
    asha.run(&["sync"]);
    asha.says("announced certificates", "ok", "any other is refused");
    walled.gate.shows(&key());
    assert!(asha.refusal(&["sync"]).contains("not one that your city announced"));
}

/// N9. A city that tries it out first.
#[tokio::test(flavor = "multi_thread")]
async fn n9_an_announcement_that_only_reports_lets_pass_and_is_told() {
    let (present, backup) = (key(), key());
    let walled = Walled::founded("pins-report", &present).await;
    let asha = walled.officer("asha");
    said(walled.publish(&["--backup", &pin(&backup), "--report-only"]));
    asha.run(&["sync"]);
    asha.says("announced certificates", "ok", "any other is reported, not refused");
    assert!(!asha.timeline_tells("The laptop connected all the same."));
    walled.gate.shows(&key());
    asha.run(&["sync"]);
    asha.says("announced certificates", "warning", "the announcement only asks for a report");
    assert!(asha.timeline_tells("The laptop connected all the same."));
}

#[tokio::test(flavor = "multi_thread")]
async fn n9_one_key_alone_is_not_announced() {
    let present = key();
    let walled = Walled::founded("pins-one", &present).await;
    let own = pin(&present);
    for words in [
        &[][..],
        &["--backup", &own],
        &["--backup", "sha256/abc"],
        &["--backup", &pin(&key()), "--until", "2020-01-01"],
    ] {
        let refused = walled.publish(words);
        assert!(!refused.status.success(), "{words:?} went through");
        let database = walled.town.couch.ops_database();
        assert_eq!(walled.town.couch.document(&database, SETTING).await, None);
    }
    let plain = walled.town.office();
    let admin = walled.town.couch.administrator();
    let words = ["pins", "publish", "--couch", &plain, "--admin", &admin.name, "--backup", &own];
    let refused = wardctl(&words, &[("WARDCTL_PASSWORD", &admin.password)]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("shows no certificate"));
}

/// The laptop's clock is years ahead, or the administrator forgot to renew: a laptop cannot tell which.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_has_ended_has_the_officer_look_at_her_clock_first() {
    let present = key();
    let walled = Walled::founded("pins-ended", &present).await;
    let asha = walled.officer("asha");
    walled.gate.expires(&present);
    let today = jiff::Timestamp::now()
        .to_zoned_datetime(jiff::tz::TimeZone::system())
        .strftime("%-d %b %Y")
        .to_string();
    asha.says(
        "address and certificate",
        "fault",
        &format!("not valid at this laptop's time, {today}. If that date is wrong, set the clock; if it is right, the administrator must renew"),
    );
}
