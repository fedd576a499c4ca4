use mirror::Mode;

use super::*;

#[test]
fn all_sent_is_said_only_when_nothing_is_unsent_and_the_server_answered() {
    let nothing = Unsent::default();
    let table = [
        (Link::Online, Activity::Resting, nothing, State::AllSent),
        (Link::Online, Activity::Resting, Unsent { edits: 1, ..nothing }, State::ToSend),
        (Link::Online, Activity::Resting, Unsent { photos: 1, ..nothing }, State::ToSend),
        (Link::Online, Activity::Resting, Unsent { entries: 1, ..nothing }, State::ToSend),
        (Link::Online, Activity::Resting, Unsent { clashes: 1, edits: 1, ..nothing }, State::ToSend),
        (Link::NotTried, Activity::Resting, nothing, State::Offline),
        (Link::Offline, Activity::Resting, nothing, State::Offline),
        (Link::Unreachable, Activity::Resting, nothing, State::Unreachable),
        (Link::NotOurServer, Activity::Resting, nothing, State::NotOurServer),
        (Link::NotAnnounced { until: 0 }, Activity::Resting, nothing, State::NotOurServer),
        (Link::Online, Activity::Pulling { done: 1, total: None }, nothing, State::CatchingUp),
    ];
    for (link, activity, unsent, expected) in table {
        let described = describe(link, activity, Known { unsent, ..Known::default() });
        assert_eq!(described.state, expected, "{link:?} {activity:?}");
    }
}

#[test]
fn a_large_city_is_to_be_chosen_from() {
    let to_choose = Some(Counted { grievances: 52_134, bytes: Some(61_200_000) });
    let table = [
        (Link::Online, 0, State::ToChoose),
        (Link::Offline, 0, State::Offline),
        (Link::Online, 1, State::ToChoose),
    ];
    let asks = "The city has about 52,000 grievances, about 62 MB. Choose which of them this laptop keeps.";
    for (link, edits, expected) in table {
        let known = Known { to_choose, unsent: Unsent { edits, ..Unsent::default() }, ..Known::default() };
        let described = describe(link, Activity::Resting, known);
        assert_eq!(described.state, expected);
        let waits = " 1 change is saved on this laptop.";
        match expected {
            State::ToChoose => assert_eq!(described.sentence, [asks, waits][..=edits as usize].concat()),
            _ => assert!(!described.sentence.contains("Choose"), "she cannot see how many now"),
        }
    }
}

#[test]
fn what_was_given_up_covers_no_more_than_it_was() {
    let told = Unsent { edits: 2, photos: 1, entries: 1, ..Unsent::default() };
    assert!(told.covers(told) && told.covers(Unsent::default()));
    for more in [Unsent { edits: 3, ..told }, Unsent { photos: 2, ..told }, Unsent { entries: 2, ..told }] {
        assert!(!told.covers(more), "{more:?}");
    }
}

#[test]
fn a_laptop_without_a_network_does_not_blame_the_server() {
    let error = CouchError::Unreachable { source: "no way there".into() };
    let cut_off = Link::after(&error, false);
    assert_eq!((cut_off, Link::after(&error, true)), (Link::Offline, Link::Unreachable));
    assert_eq!(Link::after(&CouchError::LockedOut, false), Link::LockedOut);
    let said = describe(cut_off, Activity::Resting, Known::default()).sentence;
    assert_eq!(said, "This laptop has no network. Nothing waits to be sent.");
}

#[test]
fn a_pause_hides_nothing_that_needs_a_person() {
    let modes = Modes { grievances: Mode::Paused, ..Modes::default() };
    let table = [
        (Link::Online, State::Paused),
        (Link::Unreachable, State::Paused),
        (Link::SignInNeeded, State::SignInNeeded),
        (Link::LockedOut, State::LockedOut),
        (Link::NoAccess, State::NoAccess),
        (Link::NotOurServer, State::NotOurServer),
        (Link::DiskFull, State::DiskFull),
        (Link::Ailing, State::Ailing),
    ];
    for (link, expected) in table {
        let known = Known { modes, ..Known::default() };
        assert_eq!(describe(link, Activity::Resting, known).state, expected, "{link:?}");
    }
}

#[test]
fn what_is_wrong_with_the_server_is_said_while_it_lasts() {
    let pulling = Activity::Pulling { done: 1, total: None };
    let set_back = Upstream { set_back: true, ..Upstream::default() };
    let vanished = Upstream { vanished: 600, ..Upstream::default() };
    let both = Upstream { set_back: true, ..vanished };
    let kept = Upstream { kept: 600, ..Upstream::default() };
    let branched = Upstream { branched: 1, ..Upstream::default() };
    let lost = Upstream { lost: 1, ..Upstream::default() };
    let table = [
        (Link::Online, pulling, set_back, State::Restored),
        (Link::Online, Activity::Sending, set_back, State::Restored),
        (Link::Online, Activity::Resting, set_back, State::Restored),
        (Link::Unreachable, Activity::Resting, both, State::Unreachable),
        (Link::Online, pulling, vanished, State::CatchingUp),
        (Link::Online, Activity::Sending, vanished, State::Sending),
        (Link::Online, Activity::Resting, vanished, State::Vanished),
        (Link::Online, Activity::Resting, both, State::Vanished),
        (Link::Online, Activity::Resting, kept, State::ToSend),
        (Link::Online, Activity::Resting, branched, State::ToSend),
        (Link::Online, Activity::Resting, lost, State::ToSend),
    ];
    for (link, activity, upstream, expected) in table {
        let described = describe(link, activity, Known { upstream, ..Known::default() });
        assert_eq!((described.state, described.vanished), (expected, upstream.vanished), "{upstream:?}");
    }
}

#[test]
fn what_is_wrong_is_told_beside_what_waits() {
    let upstream = Upstream { branched: 2, ..Upstream::default() };
    let known = Known { upstream, ..Known::default() };
    let said = describe(Link::Online, Activity::Resting, known).sentence;
    assert_eq!(
        said,
        "Nothing waits to be sent. Servers hold several versions of 2 records. Say which one holds."
    );
    let known = Known { upstream: Upstream { lost: 2, ..Upstream::default() }, ..Known::default() };
    let said = describe(Link::Online, Activity::Resting, known).sentence;
    assert!(
        said.starts_with("Nothing waits to be sent. The server lost 2 changes that had arrived"),
        "{said}"
    );
}

#[test]
fn an_internal_database_that_takes_nothing_is_told_while_something_waits_for_it() {
    let sentences = |link, known| {
        let described = describe(link, Activity::Resting, known);
        (described.internal_trouble, described.sentence)
    };
    let waits = Unsent { edits: 1, internal: 1, ..Unsent::default() };
    for trouble in InternalTrouble::ALL {
        let known = Known { unsent: waits, internal: Some(trouble), ..Known::default() };
        let (told, said) = sentences(Link::Online, known);
        let sentence = trouble.sentence();
        let expected =
            format!("1 change is saved on this laptop. {sentence} What citizens see does not wait for them.");
        assert_eq!(said, expected);
        assert!(said.contains("administrator") && told == Some(trouble), "{said}");
        let (told, said) = sentences(Link::Offline, known);
        assert!(!said.contains("records") && told == Some(trouble), "something worse is said: {said}");

        let paused = Modes { internal: Mode::Paused, ..Modes::default() };
        let calm = [
            Known { unsent: Unsent::default(), ..known },
            Known { unsent: Unsent { edits: 1, ..Unsent::default() }, ..known },
            Known { modes: paused, ..known },
        ];
        for known in calm {
            let (told, said) = sentences(Link::Online, known);
            assert!(told.is_none() && !said.contains("records"), "{said}");
        }
    }
}

#[test]
fn what_a_set_back_server_lost_is_not_said_to_leave_where_nothing_is_sent() {
    let upstream = Upstream { set_back: true, ..Upstream::default() };
    let modes = Modes { grievances: Mode::DownOnly, ..Modes::default() };
    for (modes, said) in [(Modes::default(), "is being sent again."), (modes, "where sending is on.")] {
        let known = Known { upstream, modes, ..Known::default() };
        let described = describe(Link::Online, Activity::Resting, known);
        assert!(described.sentence.ends_with(said), "{}", described.sentence);
    }
}
