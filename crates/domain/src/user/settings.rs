//! What programs keep with a user.

use crate::error::Fault;
use serde_json::{Map, Value};

/// A JSON object of at most 16 KiB, whose meaning is its writers'.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(Map<String, Value>);

impl Settings {
    /// The longest text that the object may have, in bytes.
    pub const MAX_BYTES: usize = 16_384;

    /// Takes an object.
    ///
    /// # Errors
    /// Its text is longer than [`Self::MAX_BYTES`].
    pub fn new(object: Map<String, Value>) -> Result<Self, Fault> {
        let settings = Self(object);
        if settings.to_json().len() > Self::MAX_BYTES {
            return Err(Fault::new("too_long", "must have at most 16384 bytes"));
        }
        Ok(settings)
    }

    /// Rebuilds what was once accepted; what is no object is none.
    pub fn from_stored(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// The object's text.
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The object.
    pub fn into_object(self) -> Map<String, Value> {
        self.0
    }
}
