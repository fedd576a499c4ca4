//! Officers who share a laptop: opening, guessing, and what each can see of the other.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use vault::{Account, Home, Unlocked, VaultError};

const SERVER: &str = "https://couch.example";
const PASSWORD: &str = "lantern-otter-plum";

#[test]
fn asha_makes_an_account_and_opens_it_the_next_day() {
    let folder = TempDir::new().unwrap();
    let asha = home(&folder).account(SERVER, "asha");
    assert!(!asha.exists());
    assert!(!path(&folder, &asha).exists(), "naming it makes nothing");

    let made = asha.create(PASSWORD).unwrap_or_else(|error| panic!("{error}"));
    let at_first = keys(&made);
    assert_ne!(at_first[0], at_first[1]);
    assert!(asha.exists());
    drop(made);

    let again = home(&folder).account(SERVER, "asha");
    let opened = again.unlock(PASSWORD, morning()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(keys(&opened), at_first);
    assert!(matches!(asha.create(PASSWORD), Err(VaultError::AlreadyOpen)));
    drop(opened);
    assert!(matches!(asha.create(PASSWORD), Err(VaultError::AlreadyExists)));
}

#[test]
fn an_account_is_open_once() {
    let folder = TempDir::new().unwrap();
    let asha = home(&folder).account(SERVER, "asha");
    let first = asha.create(PASSWORD).unwrap_or_else(|error| panic!("{error}"));
    let second = home(&folder).account(SERVER, "asha");
    assert!(matches!(second.unlock(PASSWORD, morning()), Err(VaultError::AlreadyOpen)));
    assert!(matches!(second.unlock("guess", morning()), Err(VaultError::AlreadyOpen)), "nor can one guess");
    assert!(matches!(second.set_aside(morning()), Err(VaultError::AlreadyOpen)));
    drop(first);
    assert!(second.unlock(PASSWORD, morning()).is_ok());
}

#[test]
fn passwords_that_look_alike_are_refused() {
    let folder = TempDir::new().unwrap();
    let asha = home(&folder).account(SERVER, "asha");
    drop(asha.create("Caf\u{e9} lantern 7").map_err(|error| panic!("{error}")));
    for (minute, near_miss) in [
        "",
        "caf\u{e9} lantern 7",
        "Caf\u{e9} lantern 7 ",
        " Caf\u{e9} lantern 7",
        "Caf\u{e9} lantern 7\n",
        "Caf\u{e9} lantern 7\0",
        "Cafe\u{301} lantern 7",
        "Caf\u{e9}\u{a0}lantern 7",
        &"Caf\u{e9} lantern 7".repeat(64),
    ]
    .into_iter()
    .enumerate()
    {
        let now = morning() + Duration::from_secs(61 * minute as u64);
        let refused = asha.unlock(near_miss, now);
        assert!(matches!(refused, Err(VaultError::WrongPassword)), "{near_miss:?}");
    }
    assert!(asha.unlock("Caf\u{e9} lantern 7", morning() + Duration::from_secs(3600)).is_ok());
}

#[test]
fn an_unknown_account_is_a_wrong_password_and_takes_as_long() {
    let folder = TempDir::new().unwrap();
    let home = home(&folder);
    let asha = home.account(SERVER, "asha");
    drop(asha.create(PASSWORD).map_err(|error| panic!("{error}")));
    let unknown = home.account(SERVER, "nobody");
    let work = |account: &Account| {
        let before = worked();
        assert!(matches!(account.unlock("guess", morning()), Err(VaultError::WrongPassword)));
        worked() - before
    };
    let (wrong, nobody) = (work(&asha), work(&unknown));
    assert!((0.6..1.7).contains(&(nobody / wrong)), "{nobody} ticks against {wrong}");
    assert!(!path(&folder, &unknown).exists(), "and leaves nothing behind");
}

#[test]
fn guessing_slows_down_through_restarts_and_clocks_set_back() {
    let folder = TempDir::new().unwrap();
    let asha = || home(&folder).account(SERVER, "asha");
    drop(asha().create(PASSWORD).map_err(|error| panic!("{error}")));
    for _ in 0..3 {
        assert!(matches!(asha().unlock("guess", morning()), Err(VaultError::WrongPassword)));
    }
    let wait = |now| match asha().unlock(PASSWORD, now) {
        Err(VaultError::Throttled { wait }) => wait,
        _ => panic!("the right password has to wait as well"),
    };
    assert_eq!(wait(morning()), Duration::from_secs(1));
    let yesterday = morning() - Duration::from_secs(86_400);
    assert_eq!(wait(yesterday), Duration::from_secs(1));
    assert!(matches!(
        asha().unlock("guess", yesterday + Duration::from_secs(1)),
        Err(VaultError::WrongPassword)
    ));
    assert_eq!(wait(yesterday + Duration::from_secs(1)), Duration::from_secs(2), "four failures");
    assert!(asha().unlock(PASSWORD, yesterday + Duration::from_secs(3)).is_ok());
    assert!(matches!(asha().unlock("guess", yesterday), Err(VaultError::WrongPassword)), "forgiven");
}

#[test]
fn two_officers_on_one_laptop_know_nothing_of_each_other() {
    let folder = TempDir::new().unwrap();
    let home = home(&folder);
    let [asha, ravi] = ["asha", "ravi"].map(|name| home.account(SERVER, name));
    assert_ne!(asha.id(), ravi.id());
    assert_ne!(asha.id(), home.account("https://other.example", "asha").id());
    assert_eq!(asha.id(), Home::open(&folder.path().join("officer")).unwrap().account(SERVER, "asha").id());
    let elsewhere = TempDir::new().unwrap();
    assert_ne!(asha.id(), Home::open(elsewhere.path()).unwrap().account(SERVER, "asha").id());

    let made = [asha.create(PASSWORD), ravi.create("copper-heron-gate")];
    let [ashas, ravis] = made.map(|made| keys(&made.unwrap_or_else(|error| panic!("{error}"))));
    assert_ne!(ashas, ravis);
    assert!(matches!(asha.unlock("copper-heron-gate", morning()), Err(VaultError::WrongPassword)));

    // Ravi puts his own slots into asha's folder.
    for copy in ["keyslots.json", "keyslots.json.bak"] {
        fs::copy(path(&folder, &ravi).join(copy), path(&folder, &asha).join(copy)).unwrap();
    }
    assert!(matches!(asha.unlock("copper-heron-gate", morning()), Err(VaultError::Damaged { .. })));

    let mut names = everything_in(folder.path());
    names.iter().for_each(|name| {
        let name = name.to_string_lossy();
        assert!(!name.contains("asha") && !name.contains("ravi") && !name.contains("couch"), "{name}");
    });
    names.retain(|path| path.is_file());
    for file in names {
        let content = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        assert!(!content.contains("asha") && !content.contains("example"), "{}", file.display());
    }
}

#[test]
fn nobody_else_may_read_any_of_it() {
    let folder = TempDir::new().unwrap();
    let loose = folder.path().join("officer");
    fs::create_dir(&loose).unwrap();
    fs::set_permissions(&loose, fs::Permissions::from_mode(0o755)).unwrap();
    let asha = home(&folder).account(SERVER, "asha");
    let open = asha.create(PASSWORD).unwrap_or_else(|error| panic!("{error}"));
    open.change_password("copper-heron-gate").unwrap();
    drop(open);
    assert!(asha.unlock(PASSWORD, morning()).is_err());
    let all = everything_in(folder.path());
    assert!(all.len() >= 8, "{all:?}");
    for path in all {
        let metadata = fs::metadata(&path).unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, expected, "{}", path.display());
    }
}

#[test]
fn an_account_set_aside_keeps_everything_and_makes_room() {
    let folder = TempDir::new().unwrap();
    let asha = home(&folder).account(SERVER, "asha");
    let made = asha.create(PASSWORD).unwrap_or_else(|error| panic!("{error}"));
    fs::write(made.mirror_path(), b"unsent edits").unwrap();
    drop(made);
    let aside = asha.set_aside(morning()).unwrap();
    assert!(!asha.exists());
    assert_eq!(fs::read(aside.join("mirror.db")).unwrap(), b"unsent edits");
    assert!(asha.create("copper-heron-gate").is_ok());
}

fn everything_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            let inside = if path.is_dir() { everything_in(&path) } else { Vec::new() };
            inside.into_iter().chain([path])
        })
        .collect()
}

/// Ticks of processor time this thread has used: the wall clock says more about the machine's other work.
fn worked() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum()
}

fn home(folder: &TempDir) -> Home {
    Home::open(&folder.path().join("officer")).unwrap().uncalibrated()
}

fn path(folder: &TempDir, account: &Account) -> PathBuf {
    folder.path().join("officer/accounts").join(account.id())
}

fn morning() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

fn keys(unlocked: &Unlocked) -> [[u8; 32]; 2] {
    [*unlocked.mirror_key(), *unlocked.photo_root()]
}
