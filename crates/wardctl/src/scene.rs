//! Drawn pictures for the demo ward: a street with one thing wrong, plain enough that nobody takes
//! it for a photograph, noisy enough that it is as heavy as one.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use fastrand::Rng;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ImageError, Rgb, RgbImage};

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1200;
const HORIZON: u32 = 480;

/// What is wrong in the street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Pothole,
    Water,
    Garbage,
    Lamp,
}

/// Where and when the drawn camera says it was; some phones tell, some do not.
pub struct Camera {
    pub lng: f64,
    pub lat: f64,
    /// `YYYY:MM:DD HH:MM:SS`, as EXIF writes it.
    pub taken: String,
}

pub struct Drawn {
    pub large: Vec<u8>,
    pub thumbnail: Vec<u8>,
}

pub fn draw(trouble: Trouble, camera: Option<&Camera>, rng: &mut Rng) -> Result<Drawn, ImageError> {
    let mut picture = street(rng);
    match trouble {
        Trouble::Pothole => ellipse(&mut picture, (800, 900), (260, 90), [38, 38, 40]),
        Trouble::Water => ellipse(&mut picture, (760, 880), (420, 120), [96, 150, 190]),
        Trouble::Garbage => {
            for _ in 0..24 {
                let centre = (rng.i32(500..1100), rng.i32(760..960));
                let colour = [rng.u8(60..220), rng.u8(70..180), rng.u8(40..140)];
                ellipse(&mut picture, centre, (rng.i32(30..90), rng.i32(20..60)), colour);
            }
        }
        Trouble::Lamp => {
            bar(&mut picture, (1100, 140), (1124, 820), [60, 60, 64]);
            bar(&mut picture, (960, 140), (1124, 160), [60, 60, 64]);
            ellipse(&mut picture, (960, 176), (44, 22), [24, 24, 26]);
        }
    }
    grain(&mut picture, rng);
    let small = imageops::resize(&picture, 400, 300, FilterType::Triangle);
    Ok(Drawn { large: with_exif(jpeg(&picture, 82)?, camera), thumbnail: jpeg(&small, 78)? })
}

fn street(rng: &mut Rng) -> RgbImage {
    let (sky, earth) = (rng.u8(170..220), rng.u8(90..140));
    let vanishing = rng.u32(600..1000);
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        if y < HORIZON {
            let haze = (y * 40 / HORIZON) as u8;
            return Rgb([sky - 40 + haze, sky - 10 + haze / 2, sky.saturating_add(20)]);
        }
        let depth = y - HORIZON;
        let half = 40 + depth * 3 / 4;
        match x.abs_diff(vanishing) {
            off if off < 4 + depth / 60 && (depth / 60).is_multiple_of(2) => Rgb([220, 216, 190]),
            off if off < half => Rgb([92, 92, 96]),
            _ => Rgb([earth, earth - 12, earth - 50]),
        }
    })
}

fn ellipse(picture: &mut RgbImage, centre: (i32, i32), radius: (i32, i32), colour: [u8; 3]) {
    for y in centre.1 - radius.1..centre.1 + radius.1 {
        let share = f64::from(y - centre.1) / f64::from(radius.1);
        let half = (f64::from(radius.0) * (1.0 - share * share).max(0.0).sqrt()) as i32;
        bar(picture, (centre.0 - half, y), (centre.0 + half, y + 1), colour);
    }
}

fn bar(picture: &mut RgbImage, from: (i32, i32), to: (i32, i32), colour: [u8; 3]) {
    for y in from.1.max(0)..to.1.min(HEIGHT as i32) {
        for x in from.0.max(0)..to.0.min(WIDTH as i32) {
            picture.put_pixel(x as u32, y as u32, Rgb(colour));
        }
    }
}

fn grain(picture: &mut RgbImage, rng: &mut Rng) {
    for channel in picture.iter_mut() {
        *channel = channel.saturating_add(rng.u8(0..24));
    }
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

/// Puts an EXIF segment behind the JPEG's start marker.
fn with_exif(jpeg: Vec<u8>, camera: Option<&Camera>) -> Vec<u8> {
    let Some(segment) = camera.and_then(segment) else { return jpeg };
    let length = (segment.len() + 8) as u16;
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(segment);
    bytes.extend(&jpeg[2..]);
    bytes
}

fn segment(camera: &Camera) -> Option<Vec<u8>> {
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let fields = [
        field(Tag::DateTimeOriginal, ascii(&camera.taken)),
        field(Tag::GPSLatitudeRef, ascii(if camera.lat < 0.0 { "S" } else { "N" })),
        field(Tag::GPSLatitude, degrees(camera.lat)),
        field(Tag::GPSLongitudeRef, ascii(if camera.lng < 0.0 { "W" } else { "E" })),
        field(Tag::GPSLongitude, degrees(camera.lng)),
    ];
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut bytes = Cursor::new(Vec::new());
    writer.write(&mut bytes, false).ok()?;
    Some(bytes.into_inner())
}

/// Degrees, minutes and seconds to a ten-thousandth, as EXIF holds a coordinate.
fn degrees(angle: f64) -> Value {
    let angle = angle.abs();
    let minutes = angle.fract() * 60.0;
    let part = |num: f64, denom: u32| Rational { num: num as u32, denom };
    Value::Rational(vec![
        part(angle.trunc(), 1),
        part(minutes.trunc(), 1),
        part((minutes.fract() * 600_000.0).round(), 10_000),
    ])
}
