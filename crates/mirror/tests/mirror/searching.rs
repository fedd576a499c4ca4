use mirror::Show;

use crate::town::*;

fn ward() -> Laptop {
    let asha = Laptop::of("asha");
    let mut page = vec![
        pulled(&described("01aa", "ಚರಂಡಿ ತುಂಬಿದೆ ಮತ್ತು ರಸ್ತೆ ಹಾಳಾಗಿದೆ"), "1-a"),
        pulled(&described("02bb", "सड़क पर गड्ढे, नाली बंद है"), "1-a"),
        pulled(&described("03cc", "Street lamp out near the Ganesha temple (west gate)"), "1-a"),
        pulled(&described("04dd", "CAFÉ waste; 50% of the car-park_is \"blocked\""), "1-a"),
    ];
    let mut elsewhere = report("05ee");
    elsewhere["address"] = "ಬಸವೇಶ್ವರ ದೇವಸ್ಥಾನ ರಸ್ತೆ, Hosakote 562114".into();
    elsewhere["reportedBy"] = "meera@example.org".into();
    page.push(pulled(&elsewhere, "1-a"));
    asha.applies(&page);
    asha
}

#[test]
fn words_are_found_by_their_beginnings_in_every_language() {
    let asha = ward();
    // (what is typed, what is found)
    let table: [(&str, &[&str]); 20] = [
        ("lam", &["05ee", "03cc"]),
        ("LAMP temple", &["03cc"]),
        ("temple lamp", &["03cc"]),
        ("west", &["03cc"]),
        ("cafe", &["04dd"]),
        ("car-park", &["04dd"]),
        ("ಚರಂಡಿ", &["01aa"]),
        ("ಚರಂ", &["01aa"]),
        ("ರಸ್ತೆ", &["05ee", "01aa"]),
        ("ದೇವಸ್ಥಾ", &["05ee"]),
        // A virama and what follows belong to the word: its second half is not a word.
        ("ತೆ", &[]),
        ("ಥಾನ", &[]),
        ("सड़क", &["02bb"]),
        ("गड्ढे", &["02bb"]),
        ("ढे", &[]),
        ("नाली बंद", &["02bb"]),
        ("03c", &["03cc"]),
        ("meera", &["05ee"]),
        ("5621", &["05ee"]),
        ("nowhere", &[]),
    ];
    for (typed, found) in table {
        assert_eq!(asha.finds(typed), found, "{typed}");
    }
}

#[test]
fn nothing_typed_is_everything() {
    let asha = ward();
    for nothing in ["", "  ", "\t"] {
        assert_eq!(asha.finds(nothing).len(), 5);
    }
}

#[test]
fn what_is_typed_is_never_syntax() {
    let asha = ward();
    let hostile = [
        "\"",
        "\"\"",
        "'",
        "*",
        "%",
        "_",
        "%_",
        "lamp*",
        "^lamp",
        "-lamp",
        "+",
        "(",
        ")",
        "lamp )",
        "{words}: lamp",
        "words:lamp",
        "rowid:1",
        "NEAR(lamp temple, 2)",
        "lamp OR 1",
        "NOT lamp",
        "AND",
        "lamp AND",
        "\u{0}lamp",
        "lamp\u{0}",
        "';DROP TABLE edit;--",
        "\" OR words MATCH \"a",
        "\u{202e}",
        "\u{cd}",
        "್",
        "\\",
        ";",
        "lamp\"*",
    ];
    for typed in hostile {
        let total = asha.queue(Show::All, Some(typed)).total;
        assert!(total <= 2, "{typed:?} finds {total}");
    }
    // Words of the query language are words like any other.
    assert_eq!(asha.finds("lamp NOT").len(), 0);
    assert_eq!(asha.finds("-lamp").len(), 2);
    assert_eq!(asha.queue(Show::All, Some(&"lamp ".repeat(200_000))).total, 2);
    assert_eq!(asha.queue(Show::All, Some(&"x".repeat(1_000_000))).total, 0);
    assert_eq!(asha.mirror.counts().unwrap().all, 5);
}

#[test]
fn a_status_is_a_filter_of_what_is_found() {
    let asha = ward();
    asha.sets_status("03cc", "resolved");
    assert_eq!(asha.queue(Show::Open, Some("lamp")).total, 1);
    assert_eq!(asha.queue(Show::Status("resolved".into()), Some("lamp")).rows[0].id, "03cc");
}

#[test]
fn changed_words_are_found_and_the_old_ones_are_not() {
    let asha = ward();
    asha.applies(&[pulled(&described("03cc", "Water leaking"), "2-a")]);
    assert_eq!(asha.finds("leak"), ["03cc"]);
    assert!(asha.finds("ganesha").is_empty());
}

#[test]
fn the_index_is_left_alone_when_the_words_are_the_same() {
    let asha = ward();
    let pieces =
        || asha.number("SELECT count(*) FROM word_idx") + asha.number("SELECT count(*) FROM word_data");
    let before = pieces();
    let mut same = described("03cc", "Street lamp out near the Ganesha temple (west gate)");
    for round in 2..12 {
        same["triage"] = serde_json::json!({ "status": format!("s{round}") });
        asha.applies(&[pulled(&same, &format!("{round}-a"))]);
    }
    assert_eq!(pieces(), before);
    asha.applies(&[pulled(&described("03cc", "Other words"), "20-a")]);
    assert_ne!(pieces(), before);
}

#[test]
fn merging_the_index_loses_nothing_and_comes_to_an_end() {
    let asha = Laptop::of("asha");
    for round in 0..40 {
        let page: Vec<_> = (0..5)
            .map(|i| pulled(&described(&format!("{round:02}{i}"), &format!("lamp word{round}x{i}")), "1-a"))
            .collect();
        asha.applies(&page);
    }
    let steps = (0..1000).take_while(|_| asha.mirror.tidy(Some(NOW)).unwrap()).count();
    assert!(steps < 1000);
    assert_eq!(asha.queue(Show::All, Some("lamp")).total, 200);
    assert_eq!(asha.finds("word7x3"), ["073"]);
}
