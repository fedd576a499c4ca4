use std::{io, path::PathBuf, process::Stdio, time::Duration};

use jiff::civil;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Mutex,
    time::timeout,
};

use crate::{
    MAX_PHOTO, PhotoError, Position, Size,
    decode::DECODE_COMMAND,
    digest::sha256_hex,
    wire::{self, MAX_ANSWER, Order},
};

const TIME_LIMIT: Duration = Duration::from_secs(10);
/// So many photos of others one child may see before it is replaced.
const PHOTOS_PER_CHILD: u32 = 100;

/// A camera's photo as it is kept and sent: upright, at most [`crate::LONG_SIDE`] pixels long, without metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// JPEG, well below [`crate::MAX_UPLOAD`].
    pub large: Vec<u8>,
    /// JPEG inside a box of [`crate::THUMBNAIL_BOX`] pixels.
    pub thumbnail: Vec<u8>,
    /// Of `large`, 64 lower-case hex digits.
    pub sha256: String,
    /// Of `large`, in pixels.
    pub width: u32,
    pub height: u32,
    /// What the camera's clock showed, if the camera said so.
    pub taken_at: Option<civil::DateTime>,
    /// Where the camera was, if the camera said so.
    pub position: Option<Position>,
}

/// Has photos drawn by child processes (see [`crate::decode_child`]), which are killed when they take longer than ten
/// seconds, when the caller stops waiting, and when the decoder is dropped.
///
/// What is kept for ever comes from a child that has seen no other photo. Showing has to be quick for thousands of
/// thumbnails, so [`Decoder::display`] keeps one child for a hundred photos; photos queue for it.
pub struct Decoder {
    program: PathBuf,
    warm: Mutex<Option<Drawer>>,
}

impl Decoder {
    /// `program` becomes the child when its only argument is [`DECODE_COMMAND`]; usually the running program itself.
    pub fn new(program: PathBuf) -> Decoder {
        Decoder { program, warm: Mutex::new(None) }
    }

    /// Prepares a photo from a camera for keeping and sending.
    pub async fn prepare(&self, photo: Vec<u8>) -> Result<Prepared, PhotoError> {
        let answer = self.start()?.draw(Order::Prepare, &photo).await?;
        let kept = wire::read_kept(&answer)?;
        Ok(Prepared {
            sha256: sha256_hex(&kept.large),
            large: kept.large,
            thumbnail: kept.thumbnail,
            width: kept.facts.width,
            height: kept.facts.height,
            taken_at: kept.facts.taken_at,
            position: kept.facts.position,
        })
    }

    /// Draws a photo of anybody's for the window: a JPEG without metadata.
    pub async fn display(&self, photo: Vec<u8>, size: Size) -> Result<Vec<u8>, PhotoError> {
        let mut warm = self.warm.lock().await;
        // Taken out while it draws: a caller who stops waiting must not leave half an exchange behind.
        let mut drawer = match warm.take().and_then(Drawer::if_fit) {
            Some(drawer) => drawer,
            None => self.start()?,
        };
        let answer = drawer.draw(Order::Display(size), &photo).await?;
        *warm = Some(drawer);
        wire::read_drawn(&answer)
    }

    fn start(&self) -> Result<Drawer, PhotoError> {
        let mut process = Command::new(&self.program)
            .arg(DECODE_COMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(PhotoError::NoDecoder)?;
        let no_pipe = || PhotoError::NoDecoder(io::ErrorKind::BrokenPipe.into());
        let input = process.stdin.take().ok_or_else(no_pipe)?;
        let output = process.stdout.take().ok_or_else(no_pipe)?;
        Ok(Drawer { process, input, output, drawn: 0 })
    }
}

struct Drawer {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
    drawn: u32,
}

impl Drawer {
    /// Itself, if it still runs and has not seen too many photos.
    fn if_fit(mut self) -> Option<Drawer> {
        (self.drawn < PHOTOS_PER_CHILD && matches!(self.process.try_wait(), Ok(None))).then_some(self)
    }

    /// A child that dies, falls silent or babbles was given a photo it could not bear.
    async fn draw(&mut self, order: Order, photo: &[u8]) -> Result<Vec<u8>, PhotoError> {
        if photo.len() as u64 > MAX_PHOTO {
            return Err(PhotoError::TooLarge { limit: MAX_PHOTO });
        }
        self.drawn += 1;
        match timeout(TIME_LIMIT, self.exchange(order, photo)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(_) => Err(PhotoError::Unreadable),
        }
    }

    async fn exchange(&mut self, order: Order, photo: &[u8]) -> io::Result<Vec<u8>> {
        self.input.write_u8(order.byte()).await?;
        self.input.write_u32_le(photo.len() as u32).await?;
        self.input.write_all(photo).await?;
        self.input.flush().await?;
        let length = self.output.read_u32_le().await?;
        if length > MAX_ANSWER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut answer = vec![0; length as usize];
        self.output.read_exact(&mut answer).await?;
        Ok(answer)
    }
}
