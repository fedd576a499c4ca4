//! A camera: JPEG files that differ.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

/// Picture number `n`, in a file of that name; of 65,536 no two are the same.
pub fn take(folder: &Path, n: u32) -> PathBuf {
    let file = folder.join(format!("photo-{n}.jpg"));
    let [shade, stripes, ..] = n.to_le_bytes();
    let picture = RgbImage::from_fn(800, 600, |x, y| Rgb([shade, (x / 4) as u8, (y / 3) as u8 ^ stripes]));
    picture.save(&file).unwrap();
    file
}
