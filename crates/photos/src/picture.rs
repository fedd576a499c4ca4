//! Drawing a photo again, on the child's side of the pipe. What comes out was encoded here, from pixels alone.

use std::io::Cursor;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage, Rgba, codecs::jpeg::JpegEncoder,
    metadata::Orientation,
};
use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::{
    camera::{CameraNotes, Position},
    format::photo_format,
};

/// The long side of a prepared or displayed photo, at most, in pixels.
pub const LONG_SIDE: u32 = 2560;
/// A thumbnail fits into a box of this many pixels on both sides.
pub const THUMBNAIL_BOX: u32 = 400;

const MAX_SIDE: u32 = 12_000;
const MAX_PIXELS: u64 = 64_000_000;
const MAX_DECODED: u64 = 256 << 20;
/// Far below [`crate::MAX_UPLOAD`], so that one request always suffices. A real photo has some 1 MB; only noise comes
/// near and is encoded more coarsely.
const MAX_ENCODED: usize = 6 << 20;
const QUALITIES: [u8; 4] = [85, 70, 50, 25];

/// How large a photo is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// At most [`LONG_SIDE`] pixels on its long side.
    Large,
    /// Inside a box of [`THUMBNAIL_BOX`] pixels.
    Thumbnail,
}

/// Why a picture was not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotAPhoto,
    TooManyPixels,
    Unreadable,
}

/// A photo as the officer's report keeps it: two JPEGs without any metadata.
pub struct Kept {
    pub facts: Facts,
    pub large: Vec<u8>,
    pub thumbnail: Vec<u8>,
}

/// What is told of a kept photo beside its pixels; width and height are those of the large JPEG.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub width: u32,
    pub height: u32,
    pub taken_at: Option<civil::DateTime>,
    pub position: Option<Position>,
}

/// Turns upright, shrinks and encodes a camera's photo, and reads when and where it was taken.
pub fn prepare(photo: &[u8]) -> Result<Kept, Refusal> {
    let decoded = decode(photo)?;
    let notes = CameraNotes::read(photo);
    let large = upright(decoded, LONG_SIDE, notes.orientation)?;
    let thumbnail = encode(&shrink(large.clone(), THUMBNAIL_BOX)?.into_rgb8())?;
    let large = large.into_rgb8();
    let facts = Facts {
        width: large.width(),
        height: large.height(),
        taken_at: notes.taken_at,
        position: notes.position,
    };
    Ok(Kept { facts, large: encode(&large)?, thumbnail })
}

/// Draws a photo for the window.
pub fn display(photo: &[u8], size: Size) -> Result<Vec<u8>, Refusal> {
    let limit = match size {
        Size::Large => LONG_SIDE,
        Size::Thumbnail => THUMBNAIL_BOX,
    };
    let decoded = decode(photo)?;
    encode(&upright(decoded, limit, CameraNotes::read(photo).orientation)?.into_rgb8())
}

fn decode(photo: &[u8]) -> Result<DynamicImage, Refusal> {
    let format = photo_format(photo).ok_or(Refusal::NotAPhoto)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(photo), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Refusal::TooManyPixels);
    }
    DynamicImage::from_decoder(decoder).map_err(refusal)
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::Unreadable,
    }
}

/// Shrinks first: turning and flattening then have few pixels to go through.
fn upright(image: DynamicImage, limit: u32, orientation: Orientation) -> Result<DynamicImage, Refusal> {
    let mut image = DynamicImage::from(flatten(shrink(image, limit)?));
    image.apply_orientation(orientation);
    Ok(image)
}

fn shrink(image: DynamicImage, limit: u32) -> Result<DynamicImage, Refusal> {
    let (width, height) = (image.width(), image.height());
    let long = width.max(height);
    if long <= limit {
        return Ok(image);
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(limit) / u64::from(long)).max(1) as u32;
    let mut small = DynamicImage::new(scaled(width), scaled(height), image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&image, &mut small, &options).map_err(|_| Refusal::Unreadable)?;
    Ok(small)
}

/// JPEG knows no transparency: what shines through is white, as on paper.
fn flatten(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *image.get_pixel(x, y);
        let over_white = |part: u8| {
            let (part, alpha) = (u32::from(part), u32::from(alpha));
            ((part * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([over_white(red), over_white(green), over_white(blue)])
    })
}

fn encode(image: &RgbImage) -> Result<Vec<u8>, Refusal> {
    for quality in QUALITIES {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality)
            .encode_image(image)
            .map_err(|_| Refusal::Unreadable)?;
        if jpeg.len() <= MAX_ENCODED {
            return Ok(jpeg);
        }
    }
    Err(Refusal::Unreadable)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{ImageFormat, Rgb};

    use super::*;

    /// Deterministic: a failing number is a failing file.
    #[test]
    fn no_mutated_photo_makes_the_child_panic() {
        let picture = RgbImage::from_fn(48, 32, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, (x ^ y) as u8]));
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let mut good = Cursor::new(Vec::new());
            picture.write_to(&mut good, format).unwrap();
            let good = good.into_inner();
            assert!(prepare(&good).is_ok());
            let mut drawn = 0;
            for _ in 0..1500 {
                let mut bad = good.clone();
                for _ in 0..1 + next(&mut random, 6) {
                    mutate(&mut bad, &mut random);
                }
                if format == ImageFormat::Png {
                    repair_sums(&mut bad);
                }
                drawn += usize::from(prepare(&bad).is_ok());
            }
            assert!((1..1500).contains(&drawn), "{format:?}: {drawn} of 1500 drawn: too mild, or too harsh");
        }
    }

    fn mutate(bytes: &mut Vec<u8>, random: &mut u64) {
        let at = next(random, bytes.len());
        match next(random, 6) {
            0..3 => bytes[at] = next(random, 256) as u8,
            3 => bytes[at] ^= 1 << next(random, 8),
            4 => bytes.insert(at, 0xFF),
            _ => bytes.truncate(at.max(12)),
        }
    }

    /// A PNG reader stops at the first wrong checksum; an attacker writes right ones.
    fn repair_sums(png: &mut [u8]) {
        let mut at = 8;
        while let Some(length) = png.get(at..at + 4) {
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
            let end = at.saturating_add(8).saturating_add(length);
            let Some(sum) = png.get(at + 4..end).map(crc) else { return };
            let Some(stored) = png.get_mut(end..end + 4) else { return };
            stored.copy_from_slice(&sum.to_be_bytes());
            at = end + 4;
        }
    }

    /// CRC-32 of a PNG chunk's type and data.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 }
            })
        })
    }

    /// Xorshift (Marsaglia 2003).
    fn next(random: &mut u64, below: usize) -> usize {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        (*random % below as u64) as usize
    }
}
