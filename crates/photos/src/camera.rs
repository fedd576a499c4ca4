use std::io::Cursor;

use exif::{DateTime, Exif, In, Reader, Tag, Value};
use image::metadata::Orientation;
use jiff::civil;
use serde::{Deserialize, Serialize};

/// Degrees on WGS 84, in the order of GeoJSON.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub lng: f64,
    pub lat: f64,
}

/// What the camera wrote beside the picture (EXIF 2.3). Everything else it wrote is dropped.
pub struct CameraNotes {
    pub orientation: Orientation,
    /// As the camera's clock showed it; EXIF has no zone that could be relied on.
    pub taken_at: Option<civil::DateTime>,
    pub position: Option<Position>,
}

impl CameraNotes {
    /// Reads what can be read. Broken notes do not make a photo unusable: what they fail to say is absent.
    pub fn read(photo: &[u8]) -> CameraNotes {
        let exif = Reader::new()
            .continue_on_error(true)
            .read_from_container(&mut Cursor::new(photo))
            .or_else(|error| error.distill_partial_result(|_| ()))
            .ok();
        let exif = exif.as_ref();
        CameraNotes {
            orientation: exif.and_then(orientation).unwrap_or(Orientation::NoTransforms),
            taken_at: exif.and_then(taken_at),
            position: exif.and_then(position),
        }
    }
}

fn orientation(exif: &Exif) -> Option<Orientation> {
    let value = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    Orientation::from_exif(u8::try_from(value).ok()?)
}

fn taken_at(exif: &Exif) -> Option<civil::DateTime> {
    let field = exif
        .get_field(Tag::DateTimeOriginal, In::PRIMARY)
        .or_else(|| exif.get_field(Tag::DateTimeDigitized, In::PRIMARY))?;
    let Value::Ascii(lines) = &field.value else { return None };
    let at = DateTime::from_ascii(lines.first()?).ok()?;
    let small = |number: u8| i8::try_from(number).ok();
    civil::DateTime::new(
        i16::try_from(at.year).ok()?,
        small(at.month)?,
        small(at.day)?,
        small(at.hour)?,
        small(at.minute)?,
        small(at.second)?,
        0,
    )
    .ok()
}

fn position(exif: &Exif) -> Option<Position> {
    let lat = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, [b'N', b'S'], 90.0)?;
    let lng = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, [b'E', b'W'], 180.0)?;
    // Cameras without a fix write zeros; nobody's ward lies there.
    ((lng, lat) != (0.0, 0.0)).then_some(Position { lng, lat })
}

fn degrees(exif: &Exif, tag: Tag, side: Tag, [positive, negative]: [u8; 2], limit: f64) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let Value::Ascii(side) = &exif.get_field(side, In::PRIMARY)?.value else { return None };
    let [whole, minutes, seconds] = parts.as_slice() else { return None };
    let size = whole.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
    let sign = match side.first()?.first()? {
        letter if *letter == positive => 1.0,
        letter if *letter == negative => -1.0,
        _ => return None,
    };
    // A zero denominator makes a NaN or an infinity, which no range contains.
    (0.0..=limit).contains(&size).then_some(sign * size)
}
