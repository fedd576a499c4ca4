use std::time::Instant;

use crate::Done;

/// Milliseconds that `work` took.
pub fn timed(work: impl FnOnce() -> Done<()>) -> Done<f64> {
    let start = Instant::now();
    work()?;
    Ok(since(start))
}

/// Milliseconds.
pub fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// The time that 99 of 100 were within; of fewer than a hundred, the longest.
pub fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() * 99).div_ceil(100) - 1]
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}
