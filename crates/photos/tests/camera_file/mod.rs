use std::io::Cursor;

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{
    ExtendedColorType, ImageEncoder, ImageFormat, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

/// A photo as a camera writes it: pixels and notes.
pub struct CameraFile<'a> {
    picture: &'a RgbImage,
    format: ImageFormat,
    notes: Vec<Field>,
    profile_and_xmp: bool,
}

impl<'a> CameraFile<'a> {
    pub fn new(picture: &'a RgbImage, format: ImageFormat) -> CameraFile<'a> {
        let file = CameraFile { picture, format, notes: Vec::new(), profile_and_xmp: false };
        file.note(Tag::BodySerialNumber, ascii("CAMERA-SERIAL-4711"))
    }

    pub fn orientation(self, orientation: u16) -> Self {
        self.note(Tag::Orientation, Value::Short(vec![orientation]))
    }

    pub fn taken_at(self, text: &str) -> Self {
        self.note(Tag::DateTimeOriginal, ascii(text))
    }

    pub fn position(self, lat: [u32; 3], north: char, lng: [u32; 3], east: char) -> Self {
        self.place(lat, north, lng, east, 1)
    }

    pub fn position_over_zero(self) -> Self {
        self.place([12, 58, 30], 'N', [77, 35, 42], 'E', 0)
    }

    pub fn profile_and_xmp(mut self) -> Self {
        self.profile_and_xmp = true;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        match self.format {
            ImageFormat::Png => self.encode(PngEncoder::new(&mut file)),
            ImageFormat::WebP => self.encode(WebPEncoder::new_lossless(&mut file)),
            _ => self.encode(JpegEncoder::new_with_quality(&mut file, 95)),
        }
        if self.profile_and_xmp && self.format == ImageFormat::Jpeg {
            let xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>";
            let segment = [&[0xFF, 0xE1, 0, xmp.len() as u8 + 2], xmp.as_slice()].concat();
            file.splice(2..2, segment);
        }
        file
    }

    fn encode(&self, mut encoder: impl ImageEncoder) {
        encoder.set_exif_metadata(self.exif()).unwrap();
        if self.profile_and_xmp {
            encoder.set_icc_profile(b"secret ICC".to_vec()).unwrap();
        }
        let (width, height) = self.picture.dimensions();
        encoder.write_image(self.picture, width, height, ExtendedColorType::Rgb8).unwrap();
    }

    fn exif(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.notes.iter().for_each(|field| writer.push_field(field));
        let mut exif = Cursor::new(Vec::new());
        writer.write(&mut exif, false).unwrap();
        exif.into_inner()
    }

    fn place(self, lat: [u32; 3], north: char, lng: [u32; 3], east: char, denominator: u32) -> Self {
        let degrees =
            |parts: [u32; 3]| Value::Rational(parts.map(|num| Rational { num, denom: denominator }).to_vec());
        self.note(Tag::GPSLatitude, degrees(lat))
            .note(Tag::GPSLatitudeRef, ascii(&north.to_string()))
            .note(Tag::GPSLongitude, degrees(lng))
            .note(Tag::GPSLongitudeRef, ascii(&east.to_string()))
    }

    fn note(mut self, tag: Tag, value: Value) -> Self {
        self.notes.push(Field { tag, ifd_num: In::PRIMARY, value });
        self
    }
}

fn ascii(text: &str) -> Value {
    Value::Ascii(vec![text.as_bytes().to_vec()])
}
