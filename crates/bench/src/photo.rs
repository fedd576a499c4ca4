//! A photo of 12 megapixels, as a phone's camera makes it.

use std::io::Cursor;
use std::time::Instant;

use image::{ImageFormat, Rgb, RgbImage};
use sync::Officer;

use crate::Done;
use crate::clock::{p99, since};

/// Noisy enough to be as heavy as a photo.
pub fn camera_file() -> Done<Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(42);
    let picture = RgbImage::from_fn(4_000, 3_000, |x, y| {
        let grain = rng.u8(..16);
        Rgb([
            ((x / 20) as u8).saturating_add(grain),
            (y / 16) as u8 ^ grain,
            ((x * y) >> 14) as u8 & 0xef | grain,
        ])
    });
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Jpeg)?;
    Ok(file.into_inner())
}

/// Seconds from the chosen file until it can be shown and both sizes are sealed on disk.
pub async fn kept(officer: &Officer, file: &[u8], samples: usize) -> Done<f64> {
    let mut times = Vec::with_capacity(samples);
    for _ in 0..samples {
        let chosen = file.to_vec();
        let start = Instant::now();
        let prepared = officer.prepare(chosen).await?;
        let sealed = officer.sealed().clone();
        tokio::task::spawn_blocking(move || {
            sealed.write(&prepared.large)?;
            sealed.write(&prepared.thumbnail)
        })
        .await??;
        times.push(since(start) / 1e3);
    }
    Ok(p99(times))
}
