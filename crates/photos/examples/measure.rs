use image::{ImageFormat, Rgb, RgbImage};
use photos::*;
use std::time::Instant;
#[tokio::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("decode-photo") {
        std::process::exit(if decode_child() == std::process::ExitCode::SUCCESS { 0 } else { 1 });
    }
    let mut seed = 1u32;
    let img = RgbImage::from_fn(4000, 3000, |x, y| {
        seed = seed.wrapping_mul(1664525).wrapping_add(1013904223);
        let n = (seed >> 28) as u8;
        Rgb([(x / 20) as u8 + n, (y / 16) as u8 ^ n, ((x * y) >> 14) as u8 + n])
    });
    let mut f = std::io::Cursor::new(Vec::new());
    img.write_to(&mut f, ImageFormat::Jpeg).unwrap();
    let f = f.into_inner();
    println!("camera file {} bytes", f.len());
    let d = Decoder::new(std::env::current_exe().unwrap());
    let dir = std::env::temp_dir().join("photos-measure");
    let s = Sealed::new(dir.clone(), zeroize::Zeroizing::new([1; 32]));
    for _ in 0..4 {
        let t = Instant::now();
        let p = d.prepare(f.clone()).await.unwrap();
        let a = t.elapsed();
        s.write(&p.large).unwrap();
        s.write(&p.thumbnail).unwrap();
        println!(
            "prepare {a:?} + seal = {:?}; large {} thumb {}",
            t.elapsed(),
            p.large.len(),
            p.thumbnail.len()
        );
        let t = Instant::now();
        d.display(p.large.clone(), Size::Large).await.unwrap();
        println!("display large {:?}", t.elapsed());
        let t = Instant::now();
        for _ in 0..200 {
            d.display(p.thumbnail.clone(), Size::Thumbnail).await.unwrap();
        }
        println!("display thumb {:?} each", t.elapsed() / 200);
        let id = s.write(&p.large).unwrap();
        let t = Instant::now();
        for _ in 0..10 {
            s.read(&id).unwrap();
        }
        println!("unseal {:?}", t.elapsed() / 10);
    }
    std::fs::remove_dir_all(dir).unwrap();
}
