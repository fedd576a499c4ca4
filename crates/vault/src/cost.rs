use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::{VaultError, disk};

/// What one guess at a password costs: Argon2id's memory in KiB, passes and lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    pub m: u32,
    pub t: u32,
    pub p: u32,
}

/// RFC 9106's second recommended option. Nothing cheaper is ever made or accepted, however slow the machine.
pub(crate) const FLOOR: Cost = Cost { m: 64 * 1024, t: 3, p: 4 };
const CEILING: Cost = Cost { m: 1024 * 1024, t: 20, p: 16 };
const LONGEST: Duration = Duration::from_secs(1);

impl Cost {
    /// Refuses what somebody may have written into a file to make guessing cheap or to exhaust the machine.
    pub fn within_bounds(self) -> Result<Self, VaultError> {
        let Self { m, t, p } = self;
        let within = (FLOOR.m..=CEILING.m).contains(&m)
            && (FLOOR.t..=CEILING.t).contains(&t)
            && (FLOOR.p..=CEILING.p).contains(&p);
        if within { Ok(self) } else { Err(VaultError::CostOutOfBounds { m, t, p }) }
    }

    /// Argon2id, after the bounds were checked and before any memory is taken. The memory is so large that it
    /// goes back to the kernel afterwards, which clears it.
    pub fn stretch(self, password: &[u8], salt: &[u8; 16]) -> Result<Key, VaultError> {
        let Self { m, t, p } = self.within_bounds()?;
        let out_of_bounds = |_| VaultError::CostOutOfBounds { m, t, p };
        let params = Params::new(m, t, p, Some(32)).map_err(out_of_bounds)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Key::filled(|key| argon2.hash_password_into(password, salt, key)).map_err(|error| match error {
            argon2::Error::OutOfMemory => VaultError::OutOfMemory,
            other => out_of_bounds(other),
        })
    }

    /// What was measured on this machine for this home.
    pub fn measured(home: &Path) -> Result<Option<Self>, VaultError> {
        let bytes = disk::read(&home.join(FILE))?.unwrap_or_default();
        Ok(serde_json::from_slice(&bytes).ok().and_then(|cost: Self| cost.within_bounds().ok()))
    }

    /// [`Cost::measured`], measuring first if need be, which takes some seconds.
    pub fn measure(home: &Path) -> Result<Self, VaultError> {
        let folder = File::open(home).map_err(VaultError::at(home))?;
        folder.lock().map_err(VaultError::at(home))?;
        if let Some(measured) = Self::measured(home)? {
            return Ok(measured);
        }
        let cost = dearest(memory_kib(), |cost| {
            let start = Instant::now();
            cost.stretch(b"", &[0; 16])?;
            Ok(start.elapsed())
        })?;
        disk::replace(&home.join(FILE), &serde_json::to_vec(&cost).expect("three numbers are JSON"))?;
        Ok(cost)
    }
}

const FILE: &str = "cost.json";

/// Doubles the memory while one guess takes a second at most and a sixteenth of the machine's memory.
fn dearest(
    memory_kib: u64,
    mut time: impl FnMut(Cost) -> Result<Duration, VaultError>,
) -> Result<Cost, VaultError> {
    let mut cost = FLOOR;
    loop {
        let next = Cost { m: cost.m * 2, ..cost };
        if next.m > CEILING.m || u64::from(next.m) > memory_kib / 16 || time(next)? > LONGEST {
            return Ok(cost);
        }
        cost = next;
    }
}

/// Zero where the kernel does not say, so that the floor is used.
fn memory_kib() -> u64 {
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    total.and_then(|total| total.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GIB: u64 = 1024 * 1024;

    /// A machine that needs `ms` for 64 MiB.
    fn on_a_machine(memory_kib: u64, ms: u64) -> u32 {
        dearest(memory_kib, |cost| Ok(Duration::from_millis(ms * u64::from(cost.m / FLOOR.m)))).unwrap().m
            / 1024
    }

    #[test]
    fn memory_doubles_up_to_a_second_a_sixteenth_of_the_machine_or_a_gibibyte() {
        assert_eq!(on_a_machine(64 * GIB, 250), 256, "512 MiB would take two seconds");
        assert_eq!(on_a_machine(4 * GIB, 10), 256, "of four gibibytes");
        assert_eq!(on_a_machine(64 * GIB, 1), 1024, "the ceiling");
    }

    #[test]
    fn a_slow_or_small_or_unknown_machine_gets_the_floor() {
        assert_eq!(on_a_machine(64 * GIB, 5_000), 64);
        assert_eq!(on_a_machine(GIB / 2, 10), 64);
        assert_eq!(on_a_machine(0, 10), 64);
    }

    #[test]
    fn the_kernel_says_how_much_memory_there_is() {
        assert!(memory_kib() > 64 * 1024);
    }

    #[test]
    fn what_was_measured_is_kept_and_an_edited_figure_is_not_believed() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Cost::measured(home.path()).unwrap(), None);
        fs::write(home.path().join(FILE), r#"{"m":131072,"t":3,"p":4}"#).unwrap();
        assert_eq!(Cost::measure(home.path()).unwrap(), Cost { m: 131_072, ..FLOOR });
        fs::write(home.path().join(FILE), r#"{"m":1024,"t":1,"p":1}"#).unwrap();
        assert_eq!(Cost::measured(home.path()).unwrap(), None);
    }

    #[test]
    fn costs_outside_the_bounds_are_refused_without_doing_the_work() {
        let start = Instant::now();
        for (m, t, p) in [
            (FLOOR.m - 1, 3, 4),
            (FLOOR.m, 2, 4),
            (FLOOR.m, 3, 3),
            (CEILING.m + 1, 3, 4),
            (64 * CEILING.m, 3, 4),
            (u32::MAX, u32::MAX, u32::MAX),
            (FLOOR.m, 21, 4),
            (FLOOR.m, 3, 17),
            (0, 0, 0),
        ] {
            let refused = Cost { m, t, p }.stretch(b"lantern", &[0; 16]).err();
            assert!(matches!(refused, Some(VaultError::CostOutOfBounds { .. })), "{m} {t} {p}");
        }
        assert!(start.elapsed() < Duration::from_millis(50));
    }
}
