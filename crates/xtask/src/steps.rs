//! Numbered steps with the time each took.

use std::time::Instant;

use crate::Done;

/// Does the steps in order and stops at the first that fails.
pub fn take(steps: &[(&str, &dyn Fn() -> Done)]) -> Done {
    let count = steps.len();
    for (number, (name, step)) in (1..).zip(steps) {
        println!("\n== {number}/{count} {name}");
        let started = Instant::now();
        step()?;
        println!("== {number}/{count} {name}: done in {:.1} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}
