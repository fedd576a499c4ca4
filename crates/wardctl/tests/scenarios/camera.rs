//! A camera: JPEG files that differ.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

/// A picture of `shade`, in a file of that name.
pub fn take(folder: &Path, shade: u8) -> PathBuf {
    let file = folder.join(format!("photo-{shade}.jpg"));
    let picture = RgbImage::from_fn(800, 600, |x, y| Rgb([shade, (x / 4) as u8, (y / 3) as u8]));
    picture.save(&file).unwrap();
    file
}
