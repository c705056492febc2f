//! The JSON encoding of server functions. The server writes it with `serde_json`. The client reads
//! it with the browser's JSON parser.
//!
//! The deserializer of the client is written by hand. In a test, that of `serde_json` added 21 kB
//! (brotli) to this client, and `serde_wasm_bindgen` added 13 kB: a second parser, number
//! formatting, and error messages that are never shown.

use std::fmt::{self, Display};

use leptos::server_fn::error::ServerFnErrorErr;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::js_sys::{Array, JSON, Object};

/// The encoding `application/json`. A response may have strings, integers, booleans, options,
/// structs, maps and variants without fields. The client's deserializer cannot read lists, and it
/// cuts off fractions.
#[derive(Debug)]
pub struct Json;

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = DecodeError;

    fn decode(bytes: Bytes) -> Result<T, DecodeError> {
        if cfg!(target_arch = "wasm32") {
            std::str::from_utf8(&bytes).ok().and_then(from_str).ok_or(DecodeError)
        } else {
            serde_json::from_slice(&bytes).map_err(|_| DecodeError)
        }
    }
}

/// Deserializes a value in the browser. Returns `None` if the text is not JSON of this type.
#[must_use]
pub fn from_str<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(JsValueDeserializer(JSON::parse(text).ok()?)).ok()
}

/// A deserializer of a value from the browser's JSON parser. All numbers of the API are integers.
struct JsValueDeserializer(JsValue);

/// The entries of an object that are not read yet, and the value of the entry whose name was read
/// last.
struct ObjectEntries {
    remaining: std::vec::IntoIter<JsValue>,
    value: JsValue,
}

/// The error for a text that is not JSON of the expected type. It has no details, because they
/// would never be shown.
#[derive(Debug)]
pub struct DecodeError;

impl From<DecodeError> for ServerFnErrorErr {
    fn from(error: DecodeError) -> Self {
        Self::Deserialization(error.to_string())
    }
}

impl<'de> de::Deserializer<'de> for JsValueDeserializer {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Some(text) = self.0.as_string() {
            visitor.visit_string(text)
        } else if let Some(number) = self.0.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds and counts")]
            visitor.visit_i64(number as i64)
        } else if let Some(is) = self.0.as_bool() {
            visitor.visit_bool(is)
        } else if let Some(object) = self.0.dyn_ref::<Object>() {
            visitor.visit_map(ObjectEntries {
                remaining: Object::entries(object).to_vec().into_iter(),
                value: JsValue::NULL,
            })
        } else {
            visitor.visit_unit()
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    /// Reads a variant by its name. Variants with fields are not supported.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let name: StringDeserializer<DecodeError> =
            self.0.as_string().ok_or(DecodeError)?.into_deserializer();
        visitor.visit_enum(name)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64
        char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for ObjectEntries {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.remaining.next() else { return Ok(None) };
        let entry: Array = entry.unchecked_into();
        self.value = entry.get(1);
        seed.deserialize(JsValueDeserializer(entry.get(0))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        seed.deserialize(JsValueDeserializer(self.value.clone()))
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid JSON")
    }
}

impl std::error::Error for DecodeError {}

// Every method is overridden, because serde's defaults format a sentence with the value in it.
impl de::Error for DecodeError {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}
