//! The photo store: what its key is good for, when photos wait for another one, and whom a failure is about.

use photos::{Key, PhotoError, Size};

use super::{MISSING_RETRY, UNSHOWABLE_RETRY};

/// What the key to the photo store is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKey {
    Good,
    /// It opens the store a few minutes longer; a newer one is better.
    Ending,
    /// It has ended, was refused, or was never there: nothing goes to the store without a newer one.
    Over,
}

/// Seconds before its end in which a key is used only when no newer one is to be had: a photo on a slow line takes minutes.
pub const KEY_EARLY: i64 = 300;

/// What is remembered of the key between steps.
#[derive(Default)]
pub struct HeldKey {
    key: Option<Key>,
    /// A newer one was asked for and there was none.
    asked_in_vain: bool,
    /// The store refused it, and no newer one has been asked for since.
    refused: bool,
    /// It came after a refusal, and has opened nothing yet.
    second: bool,
    /// One that was about to end, or had ended, when it came: the laptop's clock is far ahead, or keys of this store are short.
    came_late: bool,
}

/// What came of asking for a newer key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// There is one that opens the store, or nobody could be asked.
    GoesOn,
    /// Photos wait until somebody acts: there is no other than this one.
    InVain(Lack),
    /// Photos wait until the clock is right: newer ones are over when they come.
    CameLate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    Refused,
    Ended,
    NeverThere,
}

impl HeldKey {
    /// Of a store whose setting can be read; `now` in unix seconds.
    pub fn judge(&self, now: i64) -> StoreKey {
        let Some(key) = self.key.as_ref().filter(|_| !self.refused) else { return StoreKey::Over };
        match key.ends {
            Some(ends) if ends <= now => StoreKey::Over,
            Some(ends) if ends - KEY_EARLY <= now && !self.asked_in_vain => StoreKey::Ending,
            Some(_) | None => StoreKey::Good,
        }
    }

    /// This is the newest key on the laptop. Whether it came by itself: then whatever the store said of the one before counts
    /// no more.
    pub fn came(&mut self, key: Option<Key>) -> bool {
        let is_new = key != self.key;
        if is_new {
            *self = HeldKey { key, ..HeldKey::default() };
        }
        is_new
    }

    /// This is the newest key on the laptop after a newer one was asked for, where `was_there` whoever has them.
    pub fn asked(&mut self, key: Option<Key>, was_there: bool, now: i64) -> Asked {
        let is_new = key != self.key;
        if is_new {
            self.renewed(key, now);
            if !self.asked_in_vain {
                return Asked::GoesOn;
            }
        }
        self.asked_in_vain = true;
        // Who must act is known only when the place to ask was there.
        if self.judge(now) != StoreKey::Over || !(was_there || self.refused) {
            return Asked::GoesOn;
        }
        let refused = std::mem::replace(&mut self.refused, false);
        match &self.key {
            _ if is_new => Asked::CameLate,
            Some(_) if refused => Asked::InVain(Lack::Refused),
            Some(_) => Asked::InVain(Lack::Ended),
            None => Asked::InVain(Lack::NeverThere),
        }
    }

    fn renewed(&mut self, key: Option<Key>, now: i64) {
        let second = self.second || self.refused;
        let came_late_before = self.came_late;
        *self = HeldKey { key, second, ..HeldKey::default() };
        self.came_late = self.judge(now) != StoreKey::Good;
        // After a second late one, one more would be late too.
        self.asked_in_vain = self.came_late && came_late_before;
    }

    /// The store refused it: whether a newer one is worth asking for before anybody is told.
    pub fn refused(&mut self) -> bool {
        let is_first = !std::mem::replace(&mut self.second, false);
        self.refused = is_first;
        is_first
    }

    /// It opened the store.
    pub fn taken(&mut self) {
        self.second = false;
    }
}

/// Whom a failure of the photo store is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreTrouble {
    /// No photo comes or goes with this key.
    Key,
    /// No photo at all comes or goes now.
    Away,
    /// It takes no more, and still gives what it has.
    Full,
    /// This one is odd; others come and go.
    ThisPhoto,
}

pub fn store_trouble(error: &PhotoError) -> StoreTrouble {
    match error {
        PhotoError::AccessRefused => StoreTrouble::Key,
        PhotoError::StoreFull => StoreTrouble::Full,
        PhotoError::Unreachable(_)
        | PhotoError::Busy { .. }
        | PhotoError::ClockWrong
        | PhotoError::NoDecoder(_) => StoreTrouble::Away,
        _ => StoreTrouble::ThisPhoto,
    }
}

/// When a photo that could not be brought here is asked for again (unix seconds).
pub fn download_retry(size: Size, error: &PhotoError, now: i64) -> i64 {
    match (size, error) {
        (Size::Large, _) => mirror::WHEN_OPENED,
        (Size::Thumbnail, PhotoError::Missing) => now + MISSING_RETRY,
        (Size::Thumbnail, _) => now + UNSHOWABLE_RETRY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(ends: Option<i64>) -> Key {
        let text = String::new;
        Key { access_key: text(), secret_key: text(), session_token: None, ends }
    }

    fn held(ends: Option<i64>) -> HeldKey {
        HeldKey { key: Some(key(ends)), ..HeldKey::default() }
    }

    #[test]
    fn a_key_is_asked_for_anew_before_it_ends_and_once_it_has() {
        let table = [
            (Some(1_000), 699, StoreKey::Good),
            (Some(1_000), 700, StoreKey::Ending),
            (Some(1_000), 999, StoreKey::Ending),
            (Some(1_000), 1_000, StoreKey::Over),
            (None, i64::MAX, StoreKey::Good),
        ];
        for (ends, now, expected) in table {
            assert_eq!(held(ends).judge(now), expected, "{ends:?} at {now}");
        }
        let in_vain = HeldKey { asked_in_vain: true, ..held(Some(1_000)) };
        assert_eq!(in_vain.judge(999), StoreKey::Good, "none newer: it serves to its end");
        assert_eq!(in_vain.judge(1_000), StoreKey::Over);
        assert_eq!(HeldKey { refused: true, ..held(None) }.judge(0), StoreKey::Over);
        assert_eq!(HeldKey::default().judge(0), StoreKey::Over);
    }

    #[test]
    fn asking_for_a_key_comes_to_an_end() {
        let (old, new) = (Some(key(Some(1_000))), Some(key(Some(9_000))));
        assert_eq!(held(Some(1_000)).asked(new.clone(), true, 1_000), Asked::GoesOn);
        assert_eq!(held(Some(1_000)).asked(old.clone(), true, 999), Asked::GoesOn, "it serves to its end");
        assert_eq!(held(Some(1_000)).asked(old.clone(), true, 1_000), Asked::InVain(Lack::Ended));
        assert_eq!(held(Some(1_000)).asked(old.clone(), false, 1_000), Asked::GoesOn, "nobody was asked");
        assert_eq!(HeldKey::default().asked(None, true, 0), Asked::InVain(Lack::NeverThere));

        let mut refused = held(Some(9_000));
        assert!(refused.refused(), "a newer one is worth asking for");
        assert_eq!(refused.asked(new.clone(), false, 0), Asked::InVain(Lack::Refused), "the same one again");

        let mut late = held(Some(1_000));
        assert_eq!(late.asked(Some(key(Some(1_100))), true, 1_000), Asked::GoesOn);
        assert_eq!(late.judge(1_000), StoreKey::Ending);
        assert_eq!(late.asked(Some(key(Some(1_200))), true, 1_200), Asked::CameLate);

        let mut second = held(None);
        second.refused();
        assert_eq!(second.asked(new, true, 0), Asked::GoesOn);
        assert!(!second.refused(), "two that are refused: somebody is told");
    }

    #[test]
    fn a_failure_is_about_the_key_the_store_or_one_photo() {
        let io = || std::io::Error::other("no");
        let table = [
            (PhotoError::AccessRefused, StoreTrouble::Key),
            (PhotoError::StoreFull, StoreTrouble::Full),
            (PhotoError::Busy { retry_after: None }, StoreTrouble::Away),
            (PhotoError::ClockWrong, StoreTrouble::Away),
            (PhotoError::NoDecoder(io()), StoreTrouble::Away),
            (PhotoError::Unreachable(Box::new(io())), StoreTrouble::Away),
            (PhotoError::Missing, StoreTrouble::ThisPhoto),
            (PhotoError::Unreadable, StoreTrouble::ThisPhoto),
        ];
        for (error, expected) in table {
            assert_eq!(store_trouble(&error), expected, "{error}");
        }
        assert_eq!(download_retry(Size::Large, &PhotoError::Missing, 7), mirror::WHEN_OPENED);
        assert_eq!(download_retry(Size::Thumbnail, &PhotoError::Missing, 7), 7 + MISSING_RETRY);
        assert_eq!(download_retry(Size::Thumbnail, &PhotoError::Unreadable, 7), 7 + UNSHOWABLE_RETRY);
    }
}
