use serde::{Deserialize, Deserializer};
use specta::datatype::DataType;
use specta::function::FunctionArg;
use specta::{Type, Types};
use tauri::Runtime;
use tauri::ipc::{CommandArg, CommandItem, InvokeBody, InvokeError};
use zeroize::Zeroizing;

/// A grievance's `_id`. The city's documents have whatever ids their makers chose.
pub type DocumentId = Text<{ 128 << 10 }>;
/// The id of an edit, a ULID.
pub type EditId = Text<64>;
/// An object key of the photo store, or the token of a staged photo.
pub type PhotoKey = Text<2048>;

/// Text from the window of at most `MAX` bytes.
#[derive(Debug, Clone)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(String::deserialize(deserializer)?, MAX).map(Text)
    }
}

impl<const MAX: usize> Type for Text<MAX> {
    fn definition(types: &mut Types) -> DataType {
        String::definition(types)
    }
}

/// A password as it was typed, at most 1024 bytes; overwritten when it is dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(String::deserialize(deserializer)?, 1024).map(|text| Password(Zeroizing::new(text)))
    }
}

impl Type for Password {
    fn definition(types: &mut Types) -> DataType {
        String::definition(types)
    }
}

/// The bytes of a pasted picture: the whole raw body of the request, so that no photo is ever
/// turned into text. In the window: `invoke("paste_photo", bytes)`.
pub struct Pasted(pub Vec<u8>);

impl<'de, R: Runtime> CommandArg<'de, R> for Pasted {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        match command.message.payload() {
            InvokeBody::Raw(bytes) if bytes.len() as u64 <= photos::MAX_PHOTO => Ok(Pasted(bytes.clone())),
            InvokeBody::Raw(_) => Err(InvokeError::from("The picture is larger than 32 MiB.")),
            InvokeBody::Json(_) => Err(InvokeError::from("A pasted picture is sent as raw bytes.")),
        }
    }
}

impl FunctionArg for Pasted {
    fn to_datatype(_: &mut Types) -> Option<DataType> {
        None
    }
}

fn bounded<E: serde::de::Error>(text: String, max: usize) -> Result<String, E> {
    match text.len() <= max {
        true => Ok(text),
        false => Err(E::custom(format_args!("text of {} bytes, {max} are allowed", text.len()))),
    }
}
