use crate::backoff::Backoff;
use crate::plan::{Patience, Road};
use crate::{SyncError, clock};

/// A road to a server and how often it failed in a row.
pub(crate) struct Way {
    pub road: Road,
    pub backoff: Backoff,
    /// When it failed last (unix seconds), and what that asked for.
    failed_at: i64,
    patience: Patience,
}

impl Way {
    pub fn open() -> Way {
        Way { road: Road::Open, backoff: Backoff::default(), failed_at: 0, patience: Patience::Backoff }
    }

    pub fn succeeded(&mut self) {
        self.road = Road::Open;
        self.backoff.succeeded();
    }

    pub fn failed(&mut self, patience: Patience) -> Result<(), SyncError> {
        let random = getrandom::u64().map_err(|error| SyncError::NoRandomness(error.to_string()))?;
        let backoff = self.backoff.failed(random);
        (self.failed_at, self.patience) = (clock::now(), patience);
        // The second that the clock shows has begun already: a rest is never shorter than it should be.
        let rest = |wait| Road::RestsUntil(self.failed_at + wait + 1);
        self.road = match patience {
            Patience::Backoff => rest(backoff),
            Patience::Seconds(wait) => rest(wait),
            Patience::Person => Road::Closed,
        };
        Ok(())
    }

    /// The next try is now.
    pub fn reopen(&mut self) {
        self.road = Road::Open;
    }

    /// The next try is now, unless the other side asked for patience, or a person is needed.
    pub fn hurry(&mut self) {
        if self.patience.yields_to_an_edit() {
            self.reopen();
        }
    }

    /// Whether it rests for longer than a failure that passes by itself, or until a person acts.
    pub fn waits_for_more(&self, now: i64) -> bool {
        !self.road.is_open(now) && !self.patience.yields_to_an_edit()
    }

    /// Where the clock went back, a rest begins anew by it.
    pub fn heed_clock(&mut self, now: i64) {
        if let Road::RestsUntil(until) = self.road
            && now < self.failed_at
        {
            self.road = Road::RestsUntil(now + until - self.failed_at);
            self.failed_at = now;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn n14_ways_that_failed_together_are_tried_again_at_different_times() {
        let rest = |_| {
            let mut way = Way::open();
            (0..9).for_each(|_| way.failed(Patience::Backoff).unwrap());
            match way.road {
                Road::RestsUntil(until) => until - way.failed_at,
                road => panic!("{road:?}"),
            }
        };
        let rests: BTreeSet<i64> = (0..100).map(rest).collect();
        assert!(rests.len() > 30, "{rests:?}");
    }

    #[test]
    fn an_edit_hurries_no_server_that_asked_for_patience() {
        let table = [(Patience::Backoff, true), (Patience::Seconds(600), false), (Patience::Person, false)];
        for (patience, opens) in table {
            let mut way = Way::open();
            way.failed(patience).unwrap();
            way.hurry();
            assert_eq!(way.road == Road::Open, opens, "{patience:?}");
            way.reopen();
            assert_eq!(way.road, Road::Open, "the officer asked");
        }
    }

    #[test]
    fn a_clock_that_goes_back_lengthens_no_rest_by_what_it_went_back() {
        let mut way = Way::open();
        way.failed(Patience::Seconds(60)).unwrap();
        let failed_at = way.failed_at;
        way.heed_clock(failed_at);
        assert_eq!(way.road, Road::RestsUntil(failed_at + 61));
        way.heed_clock(failed_at - 3_600);
        assert_eq!(way.road, Road::RestsUntil(failed_at - 3_600 + 61));
        way.failed(Patience::Person).unwrap();
        way.heed_clock(way.failed_at - 3_600);
        assert_eq!(way.road, Road::Closed, "a person is needed at any time");
    }
}
