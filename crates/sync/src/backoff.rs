/// How long to leave a road alone after failures in a row: full jitter over 1 s · 2ⁿ, at most five
/// minutes, so that laptops that lost one server do not all come back at once.
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

    /// N14. Ten thousand laptops that lost the server at one moment, failing ten times each: every wait within its
    /// bounds, and spread evenly enough that their mean is the middle.
    #[test]
    fn n14_many_laptops_do_not_all_come_back_at_once() {
        const LAPTOPS: u64 = 10_000;
        let mut laptops: Vec<Backoff> = (0..LAPTOPS).map(|_| Backoff::default()).collect();
        for failure in 0..10 {
            let ceiling = (1i64 << failure).min(300);
            let mut sum = 0;
            for laptop in &mut laptops {
                let wait = laptop.failed(getrandom::u64().unwrap_or_default());
                assert!((1..=ceiling).contains(&wait), "{wait} s after {failure} failures");
                sum += wait;
            }
            // Zero counts as one.
            let middle = ceiling as f64 / 2.0 + 1.0 / (ceiling + 1) as f64;
            let mean = sum as f64 / LAPTOPS as f64;
            assert!(
                (mean / middle - 1.0).abs() < 0.05,
                "{mean} s instead of {middle} after {failure} failures"
            );
        }
    }

    proptest! {
        #[test]
        fn n14_waits_grow_to_five_minutes_and_start_over(randoms in prop::collection::vec(any::<u64>(), 1..70)) {
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
