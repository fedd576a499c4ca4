//! A camera: JPEG files that differ.

use std::path::{Path, PathBuf};

use image::{ImageFormat, Rgb, RgbImage};

/// Picture number `n`, in a file of that name; of 65,536 no two are the same.
pub fn take(folder: &Path, n: u32) -> PathBuf {
    let file = folder.join(format!("photo-{n}.jpg"));
    let [shade, stripes, ..] = n.to_le_bytes();
    let picture = RgbImage::from_fn(800, 600, |x, y| Rgb([shade, (x / 4) as u8, (y / 3) as u8 ^ stripes]));
    picture.save(&file).unwrap();
    file
}

/// A picture that does not get small.
pub fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, |_, _| Rgb([(); 3].map(|()| rng.u8(..))))
        .write_to(&mut file, ImageFormat::Jpeg)
        .unwrap();
    file.into_inner()
}

/// A small picture, another for each `n`: a stripe for each of its bits.
pub fn shot(n: u32) -> Vec<u8> {
    let stripe = |x: u32, _| if n >> (x / 10) & 1 == 1 { Rgb([230; 3]) } else { Rgb([30; 3]) };
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::from_fn(320, 240, stripe).write_to(&mut file, ImageFormat::Jpeg).unwrap();
    file.into_inner()
}
