use std::error::Error;
use std::time::UNIX_EPOCH;

use couch::{CouchError, Session, Site, Welcome};
use jiff::{Timestamp, tz::TimeZone};
use mirror::Database;
use serde_json::json;

use super::{Check, Who};
use crate::{Officer, pins};

pub(super) const ADDRESS: &str = "address and certificate";
const COUCHDB: &str = "CouchDB";
const CLOCK: &str = "clock";
const SIGN_IN: &str = "sign-in";
const ROLES: &str = "roles";
const GRIEVANCES: &str = "ward's database";
const WRITING: &str = "writing to the ward's database";
pub(super) const INTERNAL: &str = "internal database";
const INTERNAL_WRITING: &str = "writing to the internal database";

/// What only shows after the sign-in.
const RIGHTS: &[&str] = &[ROLES, GRIEVANCES, WRITING, INTERNAL, INTERNAL_WRITING];

/// Seconds between two clocks that nobody notices; photo stores refuse 15 minutes.
const TOLERATED_SKEW: u64 = 120;
const REFUSED_SKEW: u64 = 900;

/// The role that may read and write a site's two databases. Each ward has one of its own, so that
/// an officer of one cannot read another's.
pub fn officers_role(site: &Site) -> String {
    match site.database() {
        "myward" => "myward-officer".to_owned(),
        other => format!("myward-officer:{other}"),
    }
}

/// Also whether the internal database can be read, else the check that failed.
pub(super) async fn examine(officer: &Officer, now: i64) -> (Vec<Check>, Result<(), &'static str>) {
    let mut checks = greeting(officer, now).await;
    let not_checked = |whats: &[&'static str], earlier| -> Vec<Check> {
        whats.iter().map(|what| Check::not_checked(what, earlier)).collect()
    };
    if let Some(failed) = checks.iter().find(|check| check.is_fault() && check.what != CLOCK) {
        let earlier = failed.what;
        checks.extend(not_checked(&[&[SIGN_IN], RIGHTS].concat(), earlier));
        return (checks, Err(earlier));
    }
    match officer.server().sign_in(officer.user(), &officer.password()).await {
        Err(error) => {
            checks.push(refused_sign_in(&error));
            checks.extend(not_checked(RIGHTS, SIGN_IN));
            (checks, Err(SIGN_IN))
        }
        Ok(session) => {
            checks.push(Check::ok(SIGN_IN, "The server takes your password."));
            checks.push(roles(officer.site(), &session));
            let grievances = grievances(officer).await;
            let (internal, is_readable) = internal(officer).await;
            for (database, read, what) in [
                (Database::Grievances, grievances, WRITING),
                (Database::Internal, internal, INTERNAL_WRITING),
            ] {
                let writing = match read.is_fault() {
                    true => Check::not_checked(what, read.what),
                    false => writing(officer, database, what).await,
                };
                checks.extend([read, writing]);
            }
            (checks, is_readable)
        }
    }
}

/// Address, CouchDB and clock, all told by the first answer.
async fn greeting(officer: &Officer, now: i64) -> Vec<Check> {
    let site = officer.site();
    match officer.server().welcome().await {
        Ok(welcome) => {
            let greeted = Check::ok(COUCHDB, format!("CouchDB {} answers.", welcome.version));
            vec![reached(site), greeted, clock(&welcome, now)]
        }
        Err(error @ (CouchError::Unreachable { .. } | CouchError::Setup { .. })) => {
            vec![
                unreachable(&error, site.has_route(), now),
                Check::not_checked(COUCHDB, ADDRESS),
                Check::not_checked(CLOCK, ADDRESS),
            ]
        }
        Err(CouchError::NotAnnounced { until }) => {
            vec![
                Check::fault(ADDRESS, Who::Administrator, pins::refused(until)),
                Check::not_checked(COUCHDB, ADDRESS),
                Check::not_checked(CLOCK, ADDRESS),
            ]
        }
        Err(CouchError::NotOurServer { found, .. }) => {
            let found = format!(
                "Something other than the city's server answers ({found}), such as a Wi-Fi sign-in page. \
                 Open a web browser and sign in to the network; if there is nothing to sign in to, tell the administrator."
            );
            vec![reached(site), Check::fault(COUCHDB, Who::You, found), Check::not_checked(CLOCK, COUCHDB)]
        }
        Err(other) => vec![
            reached(site),
            Check::fault(COUCHDB, Who::Administrator, said(&other)),
            Check::not_checked(CLOCK, COUCHDB),
        ],
    }
}

fn reached(site: &Site) -> Check {
    let found = match site.origin().scheme() {
        "https" => format!("{} answers, and its certificate is verified.", site.origin()),
        _ => format!("{} answers. It is this very machine, so there is no certificate.", site.origin()),
    };
    Check::ok(ADDRESS, found)
}

fn unreachable(error: &CouchError, has_network: bool, now: i64) -> Check {
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let reason = deepest.to_string();
    let (who, found) = if error.finds_certificate_out_of_its_time() {
        let found = format!(
            "The server's certificate is not valid at this laptop's time, {}. If that date is wrong, set the clock; \
             if it is right, the administrator must renew the certificate.",
            day(now)
        );
        (Who::You, found)
    } else if error.distrusts_certificate() {
        (Who::Administrator, format!("The server's certificate is not trusted: {reason}."))
    } else if has_network {
        let found = format!(
            "The server cannot be reached: {reason}. If a web browser opens other sites, tell the administrator."
        );
        (Who::You, found)
    } else {
        (Who::You, "This laptop has no network. Connect it to one, then try again.".to_owned())
    };
    Check::fault(ADDRESS, who, found)
}

/// `at` (unix seconds) as this laptop's own calendar shows it: "3 Jan 2031".
fn day(at: i64) -> String {
    let at = Timestamp::from_second(at).unwrap_or_default();
    at.to_zoned_datetime(TimeZone::system()).strftime("%-d %b %Y").to_string()
}

fn clock(welcome: &Welcome, now: i64) -> Check {
    let there = welcome.date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
    match there.and_then(|there| i64::try_from(there.as_secs()).ok()) {
        None => Check::ok(CLOCK, "The server does not tell its time."),
        Some(there) => skew(now - there),
    }
}

/// `ahead` is how many seconds this laptop's clock is ahead of the server's.
fn skew(ahead: i64) -> Check {
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    let found = format!("This laptop's clock is {} s {way} the server's.", ahead.unsigned_abs());
    match ahead.unsigned_abs() {
        ..=TOLERATED_SKEW => Check::ok(CLOCK, "This laptop's clock and the server's agree."),
        off if off <= REFUSED_SKEW => Check::warning(CLOCK, Who::You, format!("{found} Set it.")),
        _ => Check::fault(CLOCK, Who::You, format!("{found} The photo store refuses such a laptop. Set it.")),
    }
}

fn refused_sign_in(error: &CouchError) -> Check {
    let found = match error {
        CouchError::WrongPassword => {
            "The server does not take the password that opens this laptop. If it was changed, sign in with the new one; else ask the administrator for one."
        }
        CouchError::LockedOut => "The server has locked this name for a few minutes. Wait, then try once.",
        other => return Check::fault(SIGN_IN, Who::Administrator, said(other)),
    };
    Check::fault(SIGN_IN, Who::You, found)
}

fn roles(site: &Site, session: &Session) -> Check {
    let wanted = officers_role(site);
    let has = |role: &str| session.roles.iter().any(|known| known == role);
    if has("_admin") {
        let found =
            format!("This is a server administrator's account. An officer's has the role {wanted} alone.");
        Check::warning(ROLES, Who::Administrator, found)
    } else if has(&wanted) {
        Check::ok(ROLES, format!("You have the role {wanted}."))
    } else {
        let found = format!("You have not got the role {wanted}; `wardctl add-officer` gives it.");
        Check::warning(ROLES, Who::Administrator, found)
    }
}

async fn grievances(officer: &Officer) -> Check {
    let name = officer.site().database();
    match officer.remote(Database::Grievances).info().await {
        Ok(info) => {
            Check::ok(GRIEVANCES, format!("{name} can be read; it has {} documents.", info.doc_count))
        }
        Err(error) => Check::fault(GRIEVANCES, Who::Administrator, refusal(name, &error)),
    }
}

async fn internal(officer: &Officer) -> (Check, Result<(), &'static str>) {
    let name = officer.site().ops_database();
    match officer.remote(Database::Internal).info().await {
        Ok(_) => (Check::ok(INTERNAL, format!("{name} can be read.")), Ok(())),
        Err(CouchError::NoSuchDatabase) => {
            let found = format!(
                "There is no {name}: grievances work, photos and the city's own workflow do not. `wardctl init` makes it."
            );
            (Check::fault(INTERNAL, Who::Administrator, found), Err(INTERNAL))
        }
        Err(error) => (Check::fault(INTERNAL, Who::Administrator, refusal(&name, &error)), Err(INTERNAL)),
    }
}

/// `_local` documents are never replicated, so phones do not see this one.
async fn writing(officer: &Officer, database: Database, what: &'static str) -> Check {
    let remote = officer.remote(database);
    let note = format!("myward-doctor-{}", ulid::Ulid::generate());
    let probe = async {
        remote.put_local(&note, &json!({ "doctor": true })).await?;
        let is_there = remote.get_local(&note).await?.is_some();
        remote.delete_local(&note).await?;
        Ok::<_, CouchError>(is_there)
    };
    match probe.await {
        Ok(true) => Check::ok(what, "A note of our own could be written, read and removed."),
        Ok(false) => {
            Check::fault(what, Who::Administrator, "The server took a note of our own and does not have it.")
        }
        Err(error) => {
            Check::fault(what, Who::Administrator, format!("The server does not let you write: {error}."))
        }
    }
}

fn refusal(name: &str, error: &CouchError) -> String {
    match error {
        CouchError::NoAccess => {
            format!("The server gives you no access to {name}. `wardctl init` and `wardctl add-officer` do.")
        }
        CouchError::NoSuchDatabase => format!("There is no {name} on the server. `wardctl init` makes it."),
        other => said(other),
    }
}

fn said(error: &CouchError) -> String {
    format!("The server does not answer as it should: {error}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let table = [
            (0, Verdict::Ok),
            (120, Verdict::Ok),
            (-121, Verdict::Warning),
            (900, Verdict::Warning),
            (-901, Verdict::Fault),
        ];
        for (ahead, verdict) in table {
            assert_eq!(skew(ahead).verdict, verdict, "{ahead} s");
        }
        assert!(skew(-3_600).found.starts_with("This laptop's clock is 3600 s behind the server's."));
    }
}
