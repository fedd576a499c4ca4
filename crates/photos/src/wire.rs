//! What goes through the pipes between the parent and the decoding child.
//!
//! An order is one byte and a block, an answer is one block; a block is a 32-bit little-endian length and that many
//! bytes. Inside an answer: a status byte, then the blocks the order asked for. Neither side believes a length beyond
//! its limit.

use std::io::{self, Read};

use crate::{
    MAX_PHOTO, PhotoError,
    picture::{Facts, Kept, Refusal, Size},
};

/// Two JPEGs of at most 6 MiB and some facts fit well into this.
pub const MAX_ANSWER: u32 = 16 << 20;

/// What is to be done with the photo that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Prepare,
    Display(Size),
}

impl Order {
    pub fn byte(self) -> u8 {
        match self {
            Order::Prepare => b'p',
            Order::Display(Size::Large) => b'l',
            Order::Display(Size::Thumbnail) => b't',
        }
    }

    fn from_byte(byte: u8) -> Option<Order> {
        match byte {
            b'p' => Some(Order::Prepare),
            b'l' => Some(Order::Display(Size::Large)),
            b't' => Some(Order::Display(Size::Thumbnail)),
            _ => None,
        }
    }
}

/// The next order and its photo; `None` when the parent has closed the pipe.
pub fn read_order(input: &mut impl Read) -> io::Result<Option<(Order, Vec<u8>)>> {
    let mut byte = [0; 1];
    if input.read(&mut byte)? == 0 {
        return Ok(None);
    }
    let order = Order::from_byte(byte[0]).ok_or(io::ErrorKind::InvalidData)?;
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if u64::from(length) > MAX_PHOTO {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut photo = vec![0; length as usize];
    input.read_exact(&mut photo)?;
    Ok(Some((order, photo)))
}

/// The answer to [`Order::Prepare`], with its length in front.
pub fn kept_answer(kept: Result<Kept, Refusal>) -> serde_json::Result<Vec<u8>> {
    Ok(match kept {
        Ok(kept) => answer(GOOD, &[&serde_json::to_vec(&kept.facts)?, &kept.large, &kept.thumbnail]),
        Err(refusal) => answer(status(refusal), &[]),
    })
}

/// The answer to [`Order::Display`], with its length in front.
pub fn drawn_answer(drawn: Result<Vec<u8>, Refusal>) -> Vec<u8> {
    match drawn {
        Ok(jpeg) => answer(GOOD, &[&jpeg]),
        Err(refusal) => answer(status(refusal), &[]),
    }
}

/// Reads the answer to [`Order::Prepare`], without its length.
pub fn read_kept(answer: &[u8]) -> Result<Kept, PhotoError> {
    let [facts, large, thumbnail] = blocks(answer)?;
    let facts: Facts = serde_json::from_slice(facts).map_err(|_| PhotoError::Unreadable)?;
    Ok(Kept { facts, large: large.to_vec(), thumbnail: thumbnail.to_vec() })
}

/// Reads the answer to [`Order::Display`], without its length.
pub fn read_drawn(answer: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let [jpeg] = blocks(answer)?;
    Ok(jpeg.to_vec())
}

const GOOD: u8 = 0;
const NOT_A_PHOTO: u8 = 1;
const TOO_MANY_PIXELS: u8 = 2;
const UNREADABLE: u8 = 3;

fn status(refusal: Refusal) -> u8 {
    match refusal {
        Refusal::NotAPhoto => NOT_A_PHOTO,
        Refusal::TooManyPixels => TOO_MANY_PIXELS,
        Refusal::Unreadable => UNREADABLE,
    }
}

fn answer(status: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let mut body = vec![status];
    for block in blocks {
        body.extend(length(block));
        body.extend_from_slice(block);
    }
    [length(&body).as_slice(), &body].concat()
}

/// Nothing written here comes near 4 GiB; a length that does not fit is one the parent refuses.
fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

fn blocks<const N: usize>(answer: &[u8]) -> Result<[&[u8]; N], PhotoError> {
    let (status, mut rest) = answer.split_first().ok_or(PhotoError::Unreadable)?;
    match *status {
        GOOD => {}
        NOT_A_PHOTO => return Err(PhotoError::NotAPhoto),
        TOO_MANY_PIXELS => return Err(PhotoError::TooManyPixels),
        _ => return Err(PhotoError::Unreadable),
    }
    let mut blocks = [[].as_slice(); N];
    for block in &mut blocks {
        let (length, after) = rest.split_first_chunk().ok_or(PhotoError::Unreadable)?;
        (*block, rest) =
            after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(PhotoError::Unreadable)?;
    }
    if rest.is_empty() { Ok(blocks) } else { Err(PhotoError::Unreadable) }
}
