//! Small pictures, no two alike.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use photos::Prepared;
use sha2::{Digest, Sha256};

/// A JPEG as the decoder would hand it out; `n` makes it differ from all others.
pub fn prepared(n: u128) -> Prepared {
    let large = jpeg(&n.to_be_bytes());
    let sha256 = Sha256::digest(&large).iter().map(|byte| format!("{byte:02x}")).collect();
    let thumbnail = jpeg(&[&b"thumbnail"[..], &n.to_be_bytes()].concat());
    Prepared { large, thumbnail, sha256, width: 8, height: 8, taken_at: None, position: None }
}

fn jpeg(comment: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    RgbImage::from_pixel(8, 8, Rgb([90, 120, 60])).write_to(&mut file, ImageFormat::Jpeg).unwrap();
    let file = file.into_inner();
    // A comment segment behind the start of the picture; its length counts itself.
    let length = u16::try_from(comment.len() + 2).unwrap();
    [&file[..2], &[0xFF, 0xFE], &length.to_be_bytes(), comment, &file[2..]].concat()
}
