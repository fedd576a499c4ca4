//! Photos through the real decoding child: this very program, called with `decode-photo`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod camera_file;

use std::{
    io::Cursor,
    pin::Pin,
    process::{Command, ExitCode, Stdio},
};

use camera_file::CameraFile;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use photos::{DECODE_COMMAND, Decoder, PhotoError, Position, Size, decode_child};

type Test = fn() -> Pin<Box<dyn Future<Output = ()>>>;

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_default();
    if word == DECODE_COMMAND {
        return decode_child();
    }
    let tests: [(&str, Test); 11] = [
        ("every_orientation_comes_out_upright", || Box::pin(every_orientation_comes_out_upright())),
        ("date_and_place_are_told_and_nothing_is_left_in_the_files", || {
            Box::pin(date_and_place_are_told_and_nothing_is_left_in_the_files())
        }),
        ("odd_notes_tell_nothing", || Box::pin(odd_notes_tell_nothing())),
        ("photos_are_shrunk_and_never_enlarged", || Box::pin(photos_are_shrunk_and_never_enlarged())),
        ("every_kind_of_pixel_is_drawn", || Box::pin(every_kind_of_pixel_is_drawn())),
        ("noise_stays_below_one_upload", || Box::pin(noise_stays_below_one_upload())),
        ("bombs_are_refused_and_the_next_photo_is_drawn", || {
            Box::pin(bombs_are_refused_and_the_next_photo_is_drawn())
        }),
        ("what_is_no_photo_is_refused_and_polyglots_lose_their_other_half", || {
            Box::pin(what_is_no_photo_is_refused_and_polyglots_lose_their_other_half())
        }),
        ("mutated_photos_never_stop_the_next_one", || Box::pin(mutated_photos_never_stop_the_next_one())),
        ("a_caller_who_leaves_spoils_nothing", || Box::pin(a_caller_who_leaves_spoils_nothing())),
        ("the_child_has_given_up_what_it_does_not_need", || {
            Box::pin(the_child_has_given_up_what_it_does_not_need())
        }),
    ];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (name, test) in tests {
        if name.contains(&word) || word.starts_with('-') {
            runtime.block_on(test());
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

/// The picture is red and green above blue and white. Each row says where the camera left them, as EXIF 2.3 (4.6.4 A)
/// describes the eight orientations.
async fn every_orientation_comes_out_upright() {
    const R: [u8; 3] = [220, 20, 20];
    const G: [u8; 3] = [20, 200, 20];
    const B: [u8; 3] = [20, 20, 220];
    const W: [u8; 3] = [240, 240, 240];
    for (orientation, above, below) in [
        (1, [R, G], [B, W]),
        (2, [G, R], [W, B]),
        (3, [W, B], [G, R]),
        (4, [B, W], [R, G]),
        (5, [R, B], [G, W]),
        (6, [G, W], [R, B]),
        (7, [W, G], [B, R]),
        (8, [B, R], [W, G]),
    ] {
        let (width, height) = if orientation < 5 { (96, 64) } else { (64, 96) };
        let left = RgbImage::from_fn(width, height, |x, y| {
            let row = if y < height / 2 { above } else { below };
            Rgb(row[usize::from(x >= width / 2)])
        });
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let file = CameraFile::new(&left, format).orientation(orientation).bytes();
            let prepared = decoder().prepare(file.clone()).await.unwrap();
            let shown = decoder().display(file, Size::Large).await.unwrap();
            assert_eq!((prepared.width, prepared.height), (96, 64), "{orientation} {format:?}");
            for jpeg in [&prepared.large, &prepared.thumbnail, &shown] {
                let upright = open(jpeg);
                assert_eq!(upright.dimensions(), (96, 64), "{orientation} {format:?}");
                for (x, y, colour) in [(16, 16, R), (80, 16, G), (16, 48, B), (80, 48, W)] {
                    let near = upright.get_pixel(x, y).0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 30);
                    assert!(near, "{orientation} {format:?}: {:?} at {x},{y}", upright.get_pixel(x, y));
                }
            }
        }
    }
}

async fn date_and_place_are_told_and_nothing_is_left_in_the_files() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let file = CameraFile::new(&street(300, 200), format)
            .taken_at("2026:11:23 10:41:07")
            .position([12, 58, 30], 'N', [77, 35, 42], 'E')
            .profile_and_xmp()
            .bytes();
        for word in ["Exif", "CAMERA-SERIAL-4711", "http://ns.adobe.com/xap/1.0/", "secret ICC"] {
            let written = format == ImageFormat::Jpeg || word == "CAMERA-SERIAL-4711";
            assert!(!written || contains(&file, word), "the test's own {format:?} lacks {word}");
        }
        let prepared = decoder().prepare(file.clone()).await.unwrap();
        assert_eq!(prepared.taken_at.unwrap().to_string(), "2026-11-23T10:41:07", "{format:?}");
        let Position { lng, lat } = prepared.position.unwrap();
        assert!((lat - 12.975).abs() < 1e-9 && (lng - 77.595).abs() < 1e-9, "{format:?}: {lat} {lng}");
        let shown = decoder().display(file, Size::Thumbnail).await.unwrap();
        for jpeg in [&prepared.large, &prepared.thumbnail, &shown] {
            assert_eq!(foreign_segments(jpeg), Vec::<u8>::new(), "{format:?}");
            for word in ["Exif", "SERIAL", "2026:11", "ns.adobe", "ICC_PROFILE"] {
                assert!(!contains(jpeg, word), "{format:?} keeps {word}");
            }
        }
    }
}

async fn odd_notes_tell_nothing() {
    let picture = street(40, 30);
    let plain = || CameraFile::new(&picture, ImageFormat::Jpeg);
    let south_west = plain().position([33, 52, 8], 'S', [151, 12, 36], 'W').bytes();
    let position = decoder().prepare(south_west).await.unwrap().position.unwrap();
    assert!(position.lat < -33.8 && position.lng < -151.2);
    for odd in [
        plain(),
        plain().position([0, 0, 0], 'N', [0, 0, 0], 'E'),
        plain().position([91, 0, 0], 'N', [77, 0, 0], 'E'),
        plain().position([12, 0, 0], 'N', [181, 0, 0], 'E'),
        plain().position([12, 0, 0], 'x', [77, 0, 0], 'E'),
        plain().position_over_zero(),
        plain().taken_at("2026:13:45 99:99:99"),
        plain().taken_at("yesterday"),
        plain().taken_at("    :  :     :  :  "),
        plain().orientation(9),
    ] {
        let prepared = decoder().prepare(odd.bytes()).await.unwrap();
        assert_eq!((prepared.taken_at, prepared.position), (None, None));
        assert_eq!((prepared.width, prepared.height), (40, 30));
    }
}

async fn photos_are_shrunk_and_never_enlarged() {
    for (camera, large, thumbnail) in [
        ((4000, 3000), (2560, 1920), (400, 300)),
        ((3000, 4000), (1920, 2560), (300, 400)),
        ((2560, 100), (2560, 100), (400, 15)),
        ((6000, 1), (2560, 1), (400, 1)),
        ((320, 200), (320, 200), (320, 200)),
        ((1, 1), (1, 1), (1, 1)),
    ] {
        let file = CameraFile::new(&street(camera.0, camera.1), ImageFormat::Jpeg).bytes();
        let prepared = decoder().prepare(file.clone()).await.unwrap();
        assert_eq!((prepared.width, prepared.height), large);
        assert_eq!(open(&prepared.large).dimensions(), large);
        assert_eq!(open(&prepared.thumbnail).dimensions(), thumbnail);
        let decoder = decoder();
        assert_eq!(open(&decoder.display(file.clone(), Size::Large).await.unwrap()).dimensions(), large);
        assert_eq!(open(&decoder.display(file, Size::Thumbnail).await.unwrap()).dimensions(), thumbnail);
    }
}

async fn every_kind_of_pixel_is_drawn() {
    let half = RgbaImage::from_pixel(3000, 20, Rgba([0, 0, 0, 0]));
    let grey = GrayImage::from_pixel(3000, 20, Luma([99]));
    for (picture, expected) in [
        (DynamicImage::from(half.clone()), 255),
        (DynamicImage::from(half).into_luma_alpha16().into(), 255),
        (DynamicImage::from(grey.clone()), 99),
        (DynamicImage::from(grey.clone()).into_luma16().into(), 99),
        (DynamicImage::from(grey.clone()).into_rgb16().into(), 99),
        (DynamicImage::from(grey).into_rgba16().into(), 99),
    ] {
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, ImageFormat::Png).unwrap();
        let shown = open(&decoder().display(png.into_inner(), Size::Large).await.unwrap());
        assert!(
            shown.get_pixel(1000, 10).0.iter().all(|part| part.abs_diff(expected) < 3),
            "{:?}",
            picture.color()
        );
    }
}

async fn noise_stays_below_one_upload() {
    let mut noise = RgbImage::new(2560, 2560);
    getrandom::fill(&mut noise).unwrap();
    let file = CameraFile::new(&noise, ImageFormat::Jpeg).bytes();
    let prepared = decoder().prepare(file).await.unwrap();
    assert!(prepared.large.len() <= 6 << 20, "{} bytes", prepared.large.len());
}

async fn bombs_are_refused_and_the_next_photo_is_drawn() {
    use Expected::*;
    let png = |width: u32, height: u32| {
        let mut png = plain_photo(ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        png
    };
    let jpeg = |width: u16, height: u16| {
        let mut jpeg = plain_photo(ImageFormat::Jpeg);
        let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
        jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        jpeg
    };
    let webp_canvas =
        [b"RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\x10\0\0\0".as_slice(), &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]]
            .concat();
    let mut zeros = Cursor::new(Vec::new());
    GrayImage::new(20_000, 20_000).write_to(&mut zeros, ImageFormat::Png).unwrap();
    let mut just_too_many = Cursor::new(Vec::new());
    GrayImage::new(8_001, 8_000).write_to(&mut just_too_many, ImageFormat::Png).unwrap();
    let mut largest = Cursor::new(Vec::new());
    RgbImage::new(8_000, 8_000).write_to(&mut largest, ImageFormat::Jpeg).unwrap();

    let decoder = decoder();
    for (case, bomb, expected) in [
        ("PNG of zeros, 20,000 x 20,000", zeros.into_inner(), TooManyPixels),
        ("PNG of zeros, 8,001 x 8,000", just_too_many.into_inner(), TooManyPixels),
        ("JPEG of 64 million pixels", largest.into_inner(), Drawn),
        ("PNG header of 2^31", png(1 << 31, 1 << 31), Refused),
        ("PNG header of 2^31 - 1", png(u32::MAX >> 1, u32::MAX >> 1), Refused),
        ("PNG header of 30,000", png(30_000, 30_000), TooManyPixels),
        ("PNG header of nothing", png(0, 0), Refused),
        ("PNG wider than its pixels", png(11_000, 5_000), Refused),
        ("JPEG header of 65,535", jpeg(65_535, 65_535), TooManyPixels),
        ("JPEG header of 11,000", jpeg(11_000, 11_000), TooManyPixels),
        ("JPEG header of nothing", jpeg(0, 0), Refused),
        ("WebP canvas of 2^24", webp_canvas, Refused),
    ] {
        for size in [Size::Large, Size::Thumbnail] {
            match (decoder.display(bomb.clone(), size).await, expected) {
                (Ok(_), Drawn) => {}
                (Err(PhotoError::TooManyPixels), TooManyPixels | Refused) => {}
                (Err(PhotoError::Unreadable), Refused) => {}
                (other, _) => panic!("{case}: {other:?}"),
            }
            assert!(
                decoder.display(plain_photo(ImageFormat::Png), Size::Thumbnail).await.is_ok(),
                "after {case}"
            );
        }
        let prepared = decoder.prepare(bomb).await;
        assert_eq!(prepared.is_ok(), expected == Drawn, "{case}");
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Expected {
    TooManyPixels,
    Refused,
    Drawn,
}

async fn what_is_no_photo_is_refused_and_polyglots_lose_their_other_half() {
    let script = "<html><script>alert(1)</script>";
    let decoder = decoder();
    for other in [
        "",
        "\u{feff}",
        "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        script,
        "%PDF-1.7\n",
        "GIF89a\x01\0\x01\0\0\0\0;",
        "II*\0\x08\0\0\0",
        "\0\0\0\x18ftypheic",
        "PK\x03\x04",
        "BM",
    ] {
        let shown = decoder.display(other.into(), Size::Large).await;
        assert!(matches!(shown, Err(PhotoError::NotAPhoto)), "{other}: {shown:?}");
        assert!(matches!(decoder.prepare(other.into()).await, Err(PhotoError::NotAPhoto)), "{other}");
    }
    for only_magic in [&b"\xFF\xD8\xFF\xE0"[..], b"\x89PNG\r\n\x1A\n", b"RIFF\0\0\0\0WEBP"] {
        assert!(
            matches!(decoder.prepare(only_magic.into()).await, Err(PhotoError::Unreadable)),
            "{only_magic:?}"
        );
    }
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let polyglot = [plain_photo(format).as_slice(), script.as_bytes(), b"PK\x05\x06"].concat();
        for redrawn in [
            decoder.display(polyglot.clone(), Size::Large).await.unwrap(),
            decoder.prepare(polyglot).await.unwrap().large,
        ] {
            assert!(!contains(&redrawn, "script") && !contains(&redrawn, "PK\x05"), "{format:?}");
            assert!(redrawn.starts_with(b"\xFF\xD8\xFF") && redrawn.ends_with(b"\xFF\xD9"), "{format:?}");
        }
    }
    let too_large = vec![0xFF; (32 << 20) + 1];
    assert!(matches!(decoder.prepare(too_large).await, Err(PhotoError::TooLarge { .. })));
}

async fn mutated_photos_never_stop_the_next_one() {
    let decoder = decoder();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let good =
            CameraFile::new(&street(64, 48), format).orientation(6).taken_at("2026:11:23 10:41:07").bytes();
        for _ in 0..40 {
            let mut bad = good.clone();
            let mut random = [0; 9];
            getrandom::fill(&mut random).unwrap();
            for pair in random.chunks_exact(3) {
                let at = usize::from(u16::from_le_bytes([pair[0], pair[1]])) % bad.len();
                bad[at] = pair[2];
            }
            match decoder.display(bad.clone(), Size::Thumbnail).await {
                Ok(_) | Err(PhotoError::Unreadable | PhotoError::NotAPhoto | PhotoError::TooManyPixels) => {}
                Err(other) => panic!("{format:?} {bad:?}: {other:?}"),
            }
        }
        assert!(decoder.display(good.clone(), Size::Large).await.is_ok());
    }
}

async fn a_caller_who_leaves_spoils_nothing() {
    let decoder = decoder();
    let small = plain_photo(ImageFormat::Png);
    let large = CameraFile::new(&street(4000, 3000), ImageFormat::Jpeg).bytes();
    for waits in 0..20 {
        let mut impatient = Box::pin(decoder.display(large.clone(), Size::Large));
        for _ in 0..waits {
            let soon = tokio::time::timeout(std::time::Duration::from_millis(1), &mut impatient).await;
            if soon.is_ok() {
                break;
            }
        }
        drop(impatient);
        let shown = decoder.display(small.clone(), Size::Thumbnail).await.unwrap();
        assert_eq!(open(&shown).dimensions(), (16, 16), "the answer to another order");
    }
}

#[cfg(target_os = "linux")]
async fn the_child_has_given_up_what_it_does_not_need() {
    use std::io::{Read, Write};
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(DECODE_COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let photo = plain_photo(ImageFormat::Png);
    let mut input = child.stdin.take().unwrap();
    input.write_all(&[b"t".as_slice(), &(photo.len() as u32).to_le_bytes(), &photo].concat()).unwrap();
    // Its answer shows that the limits are in place.
    let mut length = [0; 4];
    child.stdout.as_mut().unwrap().read_exact(&mut length).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let limit = |name: &str| -> Vec<String> {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().take(2).map(str::to_owned).collect()
    };
    let [soft, hard] = [0, 1].map(|column| limit("Max address space")[column].parse::<u64>().unwrap());
    assert!(soft == hard && (512..640).contains(&(soft >> 20)), "512 MiB and the program itself, not {soft}");
    assert_eq!(limit("Max open files"), ["3", "3"]);
    assert_eq!(limit("Max core file size"), ["0", "0"]);
    assert_eq!(limit("Max cpu time")[0], "10");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    assert!(status.contains("NoNewPrivs:\t1"));
    drop(input);
    std::io::copy(child.stdout.as_mut().unwrap(), &mut std::io::sink()).unwrap();
    assert!(child.wait().unwrap().success(), "it ends when its input does");
}

fn decoder() -> Decoder {
    Decoder::new(std::env::current_exe().unwrap())
}

fn plain_photo(format: ImageFormat) -> Vec<u8> {
    CameraFile::new(&street(16, 16), format).bytes()
}

/// Something with edges and slopes, so that encoders have work.
fn street(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let lamp = if (x / 40 + y / 40) % 5 == 0 { 90 } else { 0 };
        Rgb([(x * 160 / width) as u8 + lamp, (y * 160 / height) as u8 + lamp, ((x ^ y) & 63) as u8 + lamp])
    })
}

fn open(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// The markers of all segments a JPEG needs not have: APP1 and up, comments. APP0 is the JFIF header.
fn foreign_segments(jpeg: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut at = 2;
    loop {
        let [0xFF, marker, high, low] = jpeg[at..at + 4] else { panic!("no marker at {at}") };
        match marker {
            0xDA => return found,
            0xE1..=0xEF | 0xFE => found.push(marker),
            _ => {}
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// CRC-32 of a PNG chunk's type and data.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}
