//! An officer at her laptop: real sync, a real mirror, a line of her own to the city's server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mirror::{Mirror, Order, Owner, Query, Show, UnsentEdit};
use sync::{Officer, SyncError};
use testkit::{Login, Proxy};
use vault::Unlocked;

use crate::part::Part;

pub struct Laptop {
    pub name: &'static str,
    /// As the server knows her.
    pub login: Login,
    pub line: Proxy,
    /// What she keeps here, as far as she was told.
    pub part: Part,
    account: Arc<Unlocked>,
    /// What she signs in with; another one than the server's after a change there.
    password: String,
    /// `None` only while the program is not running.
    open: Option<Officer>,
}

impl Laptop {
    /// A laptop on which nothing was pulled yet, in the folder of `account`.
    pub async fn new(
        name: &'static str,
        account: &Arc<Unlocked>,
        login: Login,
        line: Proxy,
        database: &str,
    ) -> Laptop {
        empty(account);
        std::fs::copy(new_mirror(account), account.mirror_path()).unwrap();
        let mirror = Mirror::open(&account.mirror_path(), &account.mirror_key()).unwrap();
        let site = format!("{}/{database}", line.url());
        mirror.set_owner(&Owner { site, user: login.name.clone() }).unwrap();
        drop(mirror);
        let password = login.password.clone();
        let (part, account) = (Part::Everything, account.clone());
        let mut laptop = Laptop { name, login, line, part, account, password, open: None };
        laptop.reopen().await.unwrap();
        laptop
    }

    /// The program ends without a word, and she opens her account again.
    pub async fn reopen(&mut self) -> Result<(), SyncError> {
        self.open = None;
        let decoder = Path::new(env!("CARGO_BIN_EXE_wardctl"));
        self.open = Some(sync::open(self.account.clone(), decoder, self.password.clone().into()).await?);
        Ok(())
    }

    pub fn officer(&self) -> &Officer {
        self.open.as_ref().unwrap()
    }

    /// She types the password that the server takes.
    pub async fn type_password(&mut self) -> Result<(), SyncError> {
        self.officer().new_password(self.login.password.clone().into()).await?;
        self.password = self.login.password.clone();
        Ok(())
    }

    /// Opens the account with the password that the server takes.
    pub async fn reopen_with_the_servers_password(&mut self) -> Result<(), SyncError> {
        self.password = self.login.password.clone();
        self.reopen().await
    }

    pub fn knows_the_password(&self) -> bool {
        self.password == self.login.password
    }

    pub fn mirror(&self) -> &Mirror {
        self.officer().mirror()
    }

    pub fn unsent(&self) -> Vec<UnsentEdit> {
        self.mirror().to_send().unwrap()
    }

    /// The ids of all grievances in the list.
    pub fn listed(&self) -> Vec<mirror::Row> {
        let all = Query { show: Show::All, search: None, order: Order::Newest };
        self.mirror().queue(&all, None, 500).unwrap().rows
    }
}

/// Makes the mirror that every laptop of this account begins with: making its tables takes a tenth of a history.
pub fn make_new_mirror(account: &Unlocked) {
    drop(Mirror::open(&account.mirror_path(), &account.mirror_key()).unwrap());
    std::fs::rename(account.mirror_path(), new_mirror(account)).unwrap();
}

fn new_mirror(account: &Unlocked) -> PathBuf {
    account.folder().join("new.db")
}

/// Leaves of the account's folder what opens it. The sealed copy goes too: it would bring back what was unsent.
fn empty(account: &Unlocked) {
    for entry in std::fs::read_dir(account.folder()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("mirror.") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    for entry in std::fs::read_dir(account.photos_folder()).unwrap().map(Result::unwrap) {
        std::fs::remove_dir_all(entry.path()).unwrap();
    }
}
