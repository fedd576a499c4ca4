/// How long to leave a road alone after failures in a row: full jitter over 1 s · 2ⁿ, at most five
/// minutes (SECURITY.md 2.6), so that laptops that lost one server do not all come back at once.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    const LONGEST: u64 = 300;

    /// Seconds until the next try; `random` is uniform over all of `u64`.
    pub fn failed(&mut self, random: u64) -> i64 {
        let ceiling = 1u64.checked_shl(self.failures).unwrap_or(u64::MAX).min(Self::LONGEST);
        self.failures += 1;
        // At least one second: a rest of none would be a hot loop.
        (random % (ceiling + 1)).max(1).cast_signed()
    }

    /// Whether nothing failed since the last success.
    pub fn is_calm(&self) -> bool {
        self.failures == 0
    }

    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_grow_to_five_minutes_and_start_over(randoms in prop::collection::vec(any::<u64>(), 1..70)) {
            let mut backoff = Backoff::default();
            for (n, random) in randoms.into_iter().enumerate() {
                let ceiling = if n < 9 { (1 << n).min(300) } else { 300 };
                prop_assert!((1..=ceiling).contains(&backoff.failed(random)));
            }
            backoff.succeeded();
            prop_assert_eq!(backoff.failed(u64::MAX), 1);
        }
    }
}
