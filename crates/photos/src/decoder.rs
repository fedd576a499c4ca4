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
    time_limit: Duration,
    warm: Mutex<Option<Drawer>>,
}

impl Decoder {
    /// `program` becomes the child when its only argument is [`DECODE_COMMAND`]; usually the running program itself.
    pub fn new(program: PathBuf) -> Decoder {
        Decoder { program, time_limit: Duration::from_secs(10), warm: Mutex::new(None) }
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
        Ok(Drawer { process, input, output, time_limit: self.time_limit, drawn: 0 })
    }
}

struct Drawer {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
    time_limit: Duration,
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
        match timeout(self.time_limit, self.exchange(order, photo)).await {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

    use tempfile::TempDir;

    use super::*;

    #[tokio::test]
    async fn a_child_that_falls_silent_is_killed() {
        let child = Impostor::new("echo $$ > \"$0.pid\"; exec sleep 1000");
        let began = Instant::now();
        let drawn = child.decoder(Duration::from_millis(300)).prepare(vec![1; 100]).await;
        assert!(matches!(drawn, Err(PhotoError::Unreadable)));
        assert!(began.elapsed() < Duration::from_secs(5));
        let pid = fs::read_to_string(child.path("child.pid")).unwrap();
        let end = Instant::now() + Duration::from_secs(5);
        while fs::read_to_string(format!("/proc/{}/cmdline", pid.trim()))
            .is_ok_and(|line| line.contains("sleep"))
        {
            assert!(Instant::now() < end, "it still runs");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_child_that_dies_babbles_or_boasts_answers_nothing() {
        for script in [
            "exit 0",
            "kill -9 $$",
            "echo 'hello, this is far too long for an answer'; cat > /dev/null",
            "cat > /dev/null & printf '\\377\\377\\377\\377'; wait",
            "printf '\\005\\000\\000\\000\\000\\377\\000\\000\\000'; cat > /dev/null",
            "printf '\\000\\000\\000\\000'; cat > /dev/null",
        ] {
            let child = Impostor::new(script);
            let decoder = child.decoder(Duration::from_secs(5));
            let shown = decoder.display(vec![1; 1 << 20], Size::Large).await;
            assert!(matches!(shown, Err(PhotoError::Unreadable)), "{script}: {shown:?}");
            let prepared = decoder.prepare(vec![1; 1 << 20]).await;
            assert!(matches!(prepared, Err(PhotoError::Unreadable)), "{script}: {prepared:?}");
        }
    }

    #[tokio::test]
    async fn the_child_is_told_one_word_and_inherits_no_environment() {
        let child = Impostor::new("echo \"$@\" > \"$0.told\"; env >> \"$0.told\"");
        let drawn = child.decoder(Duration::from_secs(5)).prepare(vec![1]).await;
        assert!(matches!(drawn, Err(PhotoError::Unreadable)));
        let told = fs::read_to_string(child.path("child.told")).unwrap();
        // These three a shell sets by itself.
        let told: Vec<&str> = told
            .lines()
            .filter(|line| !["PWD=", "SHLVL=", "_="].iter().any(|own| line.starts_with(own)))
            .collect();
        assert_eq!(told, ["decode-photo"]);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_said_to_be_missing() {
        let drawn = Decoder::new("/nowhere/decoder".into()).prepare(vec![1]).await;
        assert!(matches!(drawn, Err(PhotoError::NoDecoder(_))));
    }

    /// A shell script in the child's place.
    struct Impostor(TempDir);

    impl Impostor {
        fn new(script: &str) -> Impostor {
            let home = Impostor(tempfile::tempdir().unwrap());
            fs::write(home.path("child"), format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(home.path("child"), fs::Permissions::from_mode(0o700)).unwrap();
            home
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn decoder(&self, time_limit: Duration) -> Decoder {
            Decoder { time_limit, ..Decoder::new(self.path("child")) }
        }
    }
}
