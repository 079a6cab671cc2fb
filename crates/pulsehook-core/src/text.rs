//! Text and raw JSON in events: opaque, cheap to clone, free to change inside.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use smol_str::SmolStr;

use crate::error::DecodeError;

/// Holds a piece of text from a decoded event.
///
/// It behaves like a `str`, is cheap to clone and can be a map key. How it stores the text may
/// change between releases.
///
/// `Debug` and `Display` print the text, which can be health data.
///
/// ```
/// use pulsehook_core::Text;
///
/// let text = Text::from("completed");
/// assert_eq!(text, "completed");
/// assert!(text.starts_with("comp"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(SmolStr);

impl Text {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.0.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.0.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(SmolStr::new(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(SmolStr::new(text))
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.into()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// Holds a piece of JSON exactly as it stood in the body.
///
/// It is valid JSON, spaces and number spellings as received. How it stores the text may change
/// between releases. `Debug` prints the length only; [`get`](RawJson::get) gives the text.
///
/// ```
/// use pulsehook_core::RawJson;
///
/// let raw = RawJson::from_text(r#"{"value": 7.50}"#)?;
/// assert_eq!(raw.get(), r#"{"value": 7.50}"#);
/// let value: serde_json::Value = raw.parse()?;
/// assert_eq!(value["value"], 7.5);
/// # Ok::<(), pulsehook_core::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// Checks that a text is JSON and keeps it.
    ///
    /// # Errors
    ///
    /// Returns an error when the text is not one JSON value.
    pub fn from_text(text: &str) -> Result<Self, DecodeError> {
        serde_json::from_str::<&RawValue>(text)
            .map(Self::from_raw)
            .map_err(|error| DecodeError::from_json(&error))
    }

    /// Keeps a JSON text that a parser has already accepted.
    pub(crate) fn from_raw(raw: &RawValue) -> Self {
        Self(Arc::from(raw.get()))
    }

    /// Keeps a whole body that a parser has already accepted, without the space around it.
    pub(crate) fn from_accepted(body: &str) -> Self {
        Self(Arc::from(body.trim_matches([' ', '\t', '\n', '\r'])))
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }

    /// Decodes the JSON into a type of the caller's.
    ///
    /// # Errors
    ///
    /// Returns an error, free of payload text, when the JSON does not fit the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(&self.0).map_err(|error| DecodeError::from_json(&error))
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.len())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue =
            serde_json::from_str(&self.0).map_err(<S::Error as serde::ser::Error>::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Self::from_raw)
    }
}
