use std::time::Duration;

use couch::{CouchError, Outcome, Refusal};
use domain::Fate;
use mirror::Mode;
use photos::PhotoError;
use proptest::prelude::*;

use super::*;

fn facts() -> Facts {
    Facts {
        server: Road::Open,
        signed_in: true,
        modes: Modes::default(),
        internal: Road::Open,
        first_pull: FirstPull::Decided,
        behind: BTreeSet::new(),
        set_back: BTreeSet::new(),
        to_compare: BTreeSet::new(),
        outrun: BTreeSet::new(),
        to_fetch_branches: BTreeSet::new(),
        store: Road::Open,
        store_key: StoreKey::Good,
        own_key: false,
        photos_to_upload: 0,
        ready_edits: 0,
        ready_without_photos: 0,
        ready_internal: 0,
        thumbnails_to_fetch: 0,
        next_photo_retry: None,
    }
}

#[test]
fn the_order_of_a_day() {
    let mut day = Facts {
        signed_in: false,
        behind: BTreeSet::from([Database::Grievances, Database::Internal]),
        set_back: BTreeSet::from([Database::Grievances]),
        to_compare: BTreeSet::from([Database::Internal]),
        to_fetch_branches: BTreeSet::from([Database::Grievances]),
        photos_to_upload: 1,
        ready_edits: 2,
        ready_without_photos: 1,
        ready_internal: 1,
        thumbnails_to_fetch: 3,
        ..facts()
    };
    assert_eq!(next(&day, 0), Step::SignIn);
    day.signed_in = true;
    assert_eq!(next(&day, 0), Step::Pull(Database::Grievances));
    day.behind.clear();
    assert_eq!(next(&day, 0), Step::Compare(Database::Grievances));
    day.set_back.clear();
    assert_eq!(next(&day, 0), Step::PushWithoutPhotos);
    day.ready_without_photos = 0;
    assert_eq!(next(&day, 0), Step::Push(Database::Internal));
    day.ready_internal = 0;
    assert_eq!(next(&day, 0), Step::Upload);
    day.photos_to_upload = 0;
    assert_eq!(next(&day, 0), Step::Push(Database::Grievances));
    day.ready_edits = 0;
    assert_eq!(next(&day, 0), Step::FetchBranches(Database::Grievances));
    day.to_fetch_branches.clear();
    assert_eq!(next(&day, 0), Step::Compare(Database::Internal));
    day.to_compare.clear();
    assert_eq!(next(&day, 0), Step::FetchThumbnails);
    day.thumbnails_to_fetch = 0;
    assert_eq!(next(&day, 0), Step::Rest { until: None });
}

#[test]
fn a_city_is_counted_before_it_is_fetched() {
    use {Database::*, FirstPull::*, Road::*};
    let both = || BTreeSet::from([Grievances, Internal]);
    let rest = Step::Rest { until: None };
    let table = [
        (Uncounted, Open, both(), Step::Pull(Internal)),
        // A site without an internal database, or one that rests, is counted all the same.
        (Uncounted, Closed, both(), Step::CountCity),
        (Uncounted, Open, BTreeSet::from([Grievances]), Step::CountCity),
        (Counted(UNASKED), Open, both(), Step::Pull(Grievances)),
        (Counted(UNASKED + 1), Open, both(), Step::Pull(Internal)),
        (Counted(UNASKED + 1), Open, BTreeSet::from([Grievances]), rest),
        (Decided, Open, both(), Step::Pull(Grievances)),
    ];
    for (first_pull, internal, behind, step) in table {
        let day = Facts { first_pull, internal, behind, ready_edits: 1, ..facts() };
        assert_eq!(next(&day, 0), step, "{first_pull:?}");
    }
    let modes = Modes { grievances: Mode::Paused, ..Modes::default() };
    assert_eq!(next(&Facts { first_pull: Uncounted, modes, ..facts() }, 0), rest, "as she chose");
}

#[test]
fn a_silent_store_does_not_hold_up_edits_without_photos() {
    let day = Facts { store: Road::RestsUntil(60), photos_to_upload: 1, ready_edits: 1, ..facts() };
    assert_eq!(next(&day, 0), Step::Push(Database::Grievances));
    let sent = Facts { ready_edits: 0, ..day };
    assert_eq!(next(&sent, 0), Step::Rest { until: Some(60) });
    assert_eq!(next(&sent, 60), Step::Upload);
}

#[test]
fn decisions_go_first_and_hold_up_no_photo_when_they_do_not_arrive() {
    let day = Facts { photos_to_upload: 1, ready_edits: 1, ready_without_photos: 1, ..facts() };
    assert_eq!(next(&day, 0), Step::PushWithoutPhotos);
    let outrun = Facts { outrun: BTreeSet::from([Database::Grievances]), ..day };
    assert_eq!(next(&outrun, 0), Step::Upload);
    assert_eq!(next(&Facts { photos_to_upload: 0, ..outrun }, 0), Step::Push(Database::Grievances));
}

#[test]
fn an_internal_database_that_is_not_there_holds_up_nothing() {
    let day = Facts {
        internal: Road::RestsUntil(60),
        behind: BTreeSet::from([Database::Internal]),
        ready_edits: 1,
        ready_internal: 1,
        ..facts()
    };
    assert_eq!(next(&day, 0), Step::Push(Database::Grievances));
    let sent = Facts { ready_edits: 0, ..day };
    assert_eq!(next(&sent, 0), Step::Rest { until: Some(60) });
    assert_eq!(next(&sent, 60), Step::Pull(Database::Internal));
}

#[test]
fn a_key_is_renewed_before_it_ends_and_without_one_only_photos_wait() {
    let day = Facts { store_key: StoreKey::Ending, photos_to_upload: 1, ready_edits: 1, ..facts() };
    assert_eq!(next(&day, 0), Step::RenewKey);
    let away = Facts { server: Road::RestsUntil(60), ..day.clone() };
    assert_eq!(next(&away, 0), Step::Upload, "nobody to ask: it opens the store a few minutes longer");
    let over = Facts { store_key: StoreKey::Over, ..away };
    assert_eq!(next(&over, 0), Step::Rest { until: Some(60) });
    assert_eq!(next(&over, 60), Step::RenewKey);
    let none_newer = Facts { store: Road::RestsUntil(60), ..over };
    assert_eq!(next(&Facts { server: Road::Open, ..none_newer }, 0), Step::Push(Database::Grievances));
    let idle = Facts { store_key: StoreKey::Over, ..facts() };
    assert_eq!(next(&idle, 0), Step::Rest { until: None }, "nothing needs a key");
    let closed = Facts { internal: Road::RestsUntil(60), photos_to_upload: 1, ..idle };
    assert_eq!(next(&closed, 0), Step::Rest { until: Some(60) }, "it would come with the internal database");
    assert_eq!(next(&Facts { own_key: true, ..closed }, 0), Step::RenewKey);
}

#[test]
fn a_push_that_meets_what_no_pull_brings_waits_for_a_comparison() {
    let purged = Facts { ready_edits: 1, to_compare: BTreeSet::from([Database::Grievances]), ..facts() };
    assert_eq!(next(&purged, 0), Step::Push(Database::Grievances));
    assert_eq!(
        next(&Facts { outrun: BTreeSet::from([Database::Grievances]), ..purged }, 0),
        Step::Compare(Database::Grievances)
    );
}

#[test]
fn what_is_paused_is_left_alone_and_what_only_comes_down_sends_nothing() {
    let day = Facts {
        behind: BTreeSet::from([Database::Grievances, Database::Internal]),
        photos_to_upload: 1,
        ready_edits: 2,
        ready_without_photos: 1,
        ready_internal: 1,
        thumbnails_to_fetch: 1,
        ..facts()
    };
    let modes = |grievances, internal| Modes { grievances, internal };
    let steps = |modes| {
        let (mut facts, mut steps) = (Facts { modes, ..day.clone() }, Vec::new());
        loop {
            let step = next(&facts, 0);
            if matches!(step, Step::Rest { .. }) {
                return steps;
            }
            succeed(&mut facts, step);
            steps.push(step);
        }
    };
    use Mode::{BothWays, DownOnly, Paused};
    let (pull, push) = (Step::Pull, Step::Push);
    let (ward, office) = (Database::Grievances, Database::Internal);
    assert_eq!(steps(modes(Paused, Paused)), []);
    assert_eq!(steps(modes(Paused, BothWays)), [pull(office), push(office)]);
    assert_eq!(steps(modes(DownOnly, DownOnly)), [pull(ward), pull(office), Step::FetchThumbnails]);
    assert_eq!(
        steps(modes(BothWays, Paused)),
        [pull(ward), Step::PushWithoutPhotos, Step::Upload, push(ward), Step::FetchThumbnails]
    );
    let nobody = Facts { signed_in: false, modes: modes(Paused, Paused), ..day.clone() };
    assert_eq!(next(&nobody, 0), Step::Rest { until: None }, "nobody is signed in for nothing");
}

#[test]
fn only_a_refused_password_waits_for_the_officer() {
    let busy = |wish: Option<u64>| CouchError::Busy { retry_after: wish.map(Duration::from_secs) };
    let table = [
        (CouchError::WrongPassword, Patience::Person),
        (CouchError::SignInNeeded, Patience::Backoff),
        (CouchError::LockedOut, Patience::Seconds(300)),
        // An administrator lets her in again, or the database is made anew, while she is away.
        (CouchError::NoAccess, Patience::Seconds(300)),
        (CouchError::NoSuchDatabase, Patience::Seconds(300)),
        (busy(Some(60)), Patience::Seconds(60)),
        (busy(None), Patience::Backoff),
    ];
    for (error, expected) in table {
        assert_eq!(patience(&error), expected, "{error}");
    }
    assert_eq!(internal_patience(&busy(Some(600))), Patience::Seconds(600), "it said when to come again");
    assert_eq!(
        internal_patience(&CouchError::WrongPassword),
        Patience::Backoff,
        "the server itself takes it"
    );
}

#[test]
fn a_busy_store_is_left_alone_as_long_as_it_asks_but_no_day() {
    let busy = |wish: Option<u64>| PhotoError::Busy { retry_after: wish.map(Duration::from_secs) };
    assert_eq!(store_patience(&busy(Some(90))), Patience::Seconds(90));
    assert_eq!(store_patience(&busy(Some(86_400))), Patience::Seconds(3_600));
    assert_eq!(store_patience(&busy(None)), Patience::Backoff);
    assert_eq!(store_patience(&PhotoError::AccessRefused), Patience::Backoff);
}

#[test]
fn an_upload_that_was_not_answered_has_more_time_the_next_time() {
    let seconds = [0, 1, 2, 5, 6, 40].map(|unheard| upload_patience(unheard).as_secs());
    assert_eq!(seconds, [30, 60, 120, 960, 960, 960]);
}

#[test]
fn a_database_is_recognised_by_what_it_says_of_itself() {
    let at = |server_uuid, time, height| Identity {
        server_uuid: Some(server_uuid),
        instance_start_time: Some(time),
        height: Some(height),
    };
    let was = at("a", "17", 9);
    let table = [
        (was, at("a", "17", 9), Recognised::TheSame),
        (was, at("a", "17", 10), Recognised::TheSame),
        (was, at("a", "17", 8), Recognised::Perhaps),
        (was, at("b", "17", 9), Recognised::Perhaps),
        (was, at("a", "18", 9), Recognised::Another),
        // A CouchDB that does not tell when a database was made.
        (at("a", "0", 9), at("a", "0", 9), Recognised::TheSame),
        (at("a", "0", 9), at("b", "0", 9), Recognised::Another),
    ];
    for (was, is, expected) in table {
        assert_eq!(recognise(was, is), expected, "{was:?} {is:?}");
    }
}

#[test]
fn a_purge_is_told_from_a_server_that_was_set_back() {
    use Database::{Grievances, Internal};
    use Recognised::{Perhaps, TheSame};
    let table = [
        (Grievances, TheSame, Loss::Last, true),
        (Grievances, TheSame, Loss::Replaced, true),
        (Grievances, TheSame, Loss::Newest, false),
        (Grievances, Perhaps, Loss::Newest, true),
        (Grievances, TheSame, Loss::Delivered, false),
        (Internal, TheSame, Loss::Newest, false),
        (Internal, TheSame, Loss::Delivered, true),
    ];
    for (database, recognised, loss, expected) in table {
        assert_eq!(
            was_set_back(database, recognised, loss),
            expected,
            "{database:?} {recognised:?} {loss:?}"
        );
    }
}

#[test]
fn a_document_is_refused_only_by_what_will_not_pass() {
    let says = |result| Outcome { id: "0f".to_owned(), result };
    let refuses = |error: &str| says(Err(Refusal { error: error.to_owned(), reason: "no".to_owned() }));
    let arrived = says(Ok("2-b".to_owned()));
    assert_eq!(fate(&arrived, "0f"), Fate::Arrived);
    assert_eq!(fate(&arrived, "0e"), Fate::MayHaveArrived, "it is of another document");
    for error in ["internal_server_error", "service unavailable", "timeout", "unknown_error", "error"] {
        assert_eq!(fate(&refuses(error), "0f"), Fate::MayHaveArrived, "{error}");
    }
    assert_eq!(fate(&refuses("conflict"), "0f"), Fate::NotTaken);
    for error in ["forbidden", "unauthorized", "doc_validation"] {
        assert_eq!(fate(&refuses(error), "0f"), Fate::Refused { error, reason: "no" });
    }
}

#[test]
fn pushes_that_land_nothing_ask_for_a_comparison_once_and_then_for_patience() {
    assert_eq!([outruns(2, true, 0), outruns(2, true, 1), outruns(2, false, 0)], [3, 0, 0]);
    let paces = [0, 2, 3, 4, 100].map(pace);
    assert_eq!(paces, [Pace::Full, Pace::Full, Pace::Compare, Pace::Slow, Pace::Slow]);
}

#[test]
fn a_document_is_blamed_when_it_stands_alone_and_for_what_it_may_be_the_cause_of() {
    let refused = |status| CouchError::Refused { status, error: String::new(), reason: String::new() };
    let table = [
        (CouchError::TooLarge, 500, Blame::OneOfThem),
        (CouchError::TooLarge, 1, Blame::ThisOne),
        (refused(403), 2, Blame::OneOfThem),
        (refused(401), 1, Blame::ThisOne),
        (refused(500), 500, Blame::Nobody),
        (CouchError::LockedOut, 1, Blame::Nobody),
        (CouchError::Busy { retry_after: None }, 2, Blame::Nobody),
    ];
    for (error, documents, expected) in table {
        assert_eq!(blame(&error, documents), expected, "{error} of {documents}");
    }
}

#[test]
fn what_is_missing_is_lost_where_nobody_says_what_was_forgotten() {
    let refused = |status| CouchError::Refused { status, error: String::new(), reason: String::new() };
    let page = |status| CouchError::NotOurServer { found: String::new(), status };
    for tells_none in [refused(400), refused(405), page(Some(404)), CouchError::TooLarge] {
        assert!(tells_no_histories(&tells_none), "{tells_none}");
    }
    for comes_later in [refused(500), page(Some(502)), page(None), CouchError::SignInNeeded] {
        assert!(!tells_no_histories(&comes_later), "{comes_later}");
    }
}

#[test]
fn a_line_that_is_cut_carries_smaller_pages_and_then_larger_ones_again() {
    assert_eq!([PAGE, 100, 60].map(|page| next_page(page, true)), [5_000, 50, 50]);
    assert_eq!([50, 8_000, PAGE].map(|page| next_page(page, false)), [100, PAGE, PAGE]);
}

#[test]
fn a_refused_password_asks_the_officer_and_nobody_else() {
    let day = Facts {
        server: Road::Closed,
        signed_in: false,
        behind: BTreeSet::from([Database::Grievances]),
        ready_edits: 1,
        ..facts()
    };
    assert_eq!(next(&day, 0), Step::Rest { until: None });
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let road = || prop_oneof![Just(Road::Open), (0..600i64).prop_map(Road::RestsUntil), Just(Road::Closed)];
    let some = || {
        let database = prop_oneof![Just(Database::Grievances), Just(Database::Internal)];
        prop::collection::btree_set(database, 0..=2)
    };
    let key = prop_oneof![Just(StoreKey::Good), Just(StoreKey::Ending), Just(StoreKey::Over)];
    let roads = (road(), road(), (road(), key, any::<bool>()));
    let edits = (0..20u64).prop_flat_map(|ready| (Just(ready), 0..=ready));
    let counts = (0..20u64, edits, 0..20u64, 0..20u64);
    let databases = (some(), some(), some(), some(), some());
    let first_pull = prop_oneof![
        Just(FirstPull::Decided),
        Just(FirstPull::Uncounted),
        Just(FirstPull::Counted(UNASKED + 1)),
    ];
    let mode = || prop_oneof![Just(Mode::BothWays), Just(Mode::DownOnly), Just(Mode::Paused)];
    let modes = (mode(), mode()).prop_map(|(grievances, internal)| Modes { grievances, internal });
    (roads, (any::<bool>(), first_pull), modes, databases, counts, prop::option::of(0..600i64)).prop_map(
        |(
            (server, internal, (store, store_key, own_key)),
            (signed_in, first_pull),
            modes,
            databases,
            counts,
            next_photo_retry,
        )| {
            let (behind, set_back, to_compare, to_fetch_branches, outrun) = databases;
            let (photos_to_upload, edits, ready_internal, thumbnails_to_fetch) = counts;
            let (ready_edits, ready_without_photos) = edits;
            Facts {
                server,
                signed_in,
                modes,
                internal,
                first_pull,
                behind,
                set_back,
                to_compare,
                outrun,
                to_fetch_branches,
                store,
                store_key,
                own_key,
                photos_to_upload,
                ready_edits,
                ready_without_photos,
                ready_internal,
                thumbnails_to_fetch,
                next_photo_retry,
            }
        },
    )
}

/// What a step changes when it succeeds: one batch of what it was for.
fn succeed(facts: &mut Facts, step: Step) {
    match step {
        Step::SignIn => facts.signed_in = true,
        Step::CountCity => facts.first_pull = FirstPull::Counted(UNASKED),
        Step::Pull(database) => drop(facts.behind.remove(&database)),
        Step::RenewKey => facts.store_key = StoreKey::Good,
        Step::Compare(database) => {
            facts.set_back.remove(&database);
            facts.to_compare.remove(&database);
        }
        Step::FetchBranches(database) => drop(facts.to_fetch_branches.remove(&database)),
        Step::Upload => facts.photos_to_upload = facts.photos_to_upload.saturating_sub(8),
        Step::PushWithoutPhotos => {
            let sent = facts.ready_without_photos.min(5);
            facts.ready_without_photos -= sent;
            facts.ready_edits -= sent;
        }
        Step::Push(Database::Grievances) => {
            facts.outrun.remove(&Database::Grievances);
            facts.ready_edits = facts.ready_edits.saturating_sub(5);
            facts.ready_without_photos = facts.ready_without_photos.min(facts.ready_edits);
        }
        Step::Push(Database::Internal) => {
            facts.outrun.remove(&Database::Internal);
            facts.ready_internal = facts.ready_internal.saturating_sub(5);
        }
        Step::FetchThumbnails => facts.thumbnails_to_fetch = facts.thumbnails_to_fetch.saturating_sub(8),
        Step::Rest { .. } => {}
    }
}

/// What a failure changes: the road it went by.
fn fail(facts: &mut Facts, step: Step, until: i64) {
    match step {
        Step::Pull(Database::Internal)
        | Step::Compare(Database::Internal)
        | Step::Push(Database::Internal)
        | Step::FetchBranches(Database::Internal) => facts.internal = Road::RestsUntil(until),
        Step::SignIn
        | Step::CountCity
        | Step::Pull(_)
        | Step::Compare(_)
        | Step::PushWithoutPhotos
        | Step::Push(_)
        | Step::FetchBranches(_) => facts.server = Road::RestsUntil(until),
        Step::RenewKey | Step::Upload | Step::FetchThumbnails => facts.store = Road::RestsUntil(until),
        Step::Rest { .. } => {}
    }
}

proptest! {
    #[test]
    fn every_plan_comes_to_rest(mut facts in any_facts(), luck in prop::collection::vec(any::<bool>(), 64)) {
        let (mut steps, now) = (0, 300);
        for lucky in luck {
            let step = next(&facts, now);
            if let Step::Rest { until } = step {
                prop_assert!(until.is_none_or(|at| at > now), "a rest that is over is a hot loop");
                break;
            }
            if lucky { succeed(&mut facts, step) } else { fail(&mut facts, step, now + 1) }
            steps += 1;
        }
        prop_assert!(steps < 20, "{steps} steps");
    }

    #[test]
    fn with_open_roads_everything_is_done(mut facts in any_facts()) {
        (facts.server, facts.internal, facts.store) = (Road::Open, Road::Open, Road::Open);
        facts.modes = Modes::default();
        if facts.first_pull.waits_for_a_choice() {
            facts.first_pull = FirstPull::Decided;
        }
        for _ in 0..32 {
            let step = next(&facts, 700);
            let waits = !(facts.behind.is_empty() && facts.set_back.is_empty());
            prop_assert!(!matches!(step, Step::PushWithoutPhotos | Step::Push(_)) || !waits);
            let waits = facts.photos_to_upload > 0;
            prop_assert!(step != Step::Push(Database::Grievances) || !waits);
            succeed(&mut facts, step);
        }
        prop_assert!(facts.signed_in && facts.behind.is_empty());
        prop_assert!(facts.set_back.is_empty() && facts.to_compare.is_empty());
        prop_assert!(facts.to_fetch_branches.is_empty());
        let left = facts.photos_to_upload + facts.ready_edits + facts.ready_internal;
        prop_assert_eq!((left, facts.thumbnails_to_fetch), (0, 0));
    }
}
