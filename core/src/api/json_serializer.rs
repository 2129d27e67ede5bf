//! `serde::Serialize` to a message's JSON, by the writer that the language bindings use, so that all encode alike. Unlike
//! `serde_json`, it refuses what is not finite instead of writing null.

use std::fmt;

use serde::ser::{self, Serialize};

use crate::error::Error;

use super::json_writer::{JsonText, JsonWriter};

impl JsonText {
    /// A value as JSON.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the place in `field`, if JSON cannot express it or it is too long
    /// or too deep.
    pub fn serialize<T: Serialize + ?Sized>(field: &str, value: &T) -> Result<Self, Error> {
        let mut writer = JsonWriter::new(field);
        value.serialize(Serializer(&mut writer)).map_err(|Failure(error)| error)?;
        Ok(writer.finish())
    }
}

/// serde asks for an error type of its own.
#[derive(Debug)]
struct Failure(Error);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl ser::Error for Failure {
    /// An error of the value's own `Serialize`. Its text may quote the value, so it is not shown.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Failure(Error::invalid_request("message cannot be serialised: its `Serialize` failed"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure(error)
    }
}

struct Serializer<'a>(&'a mut JsonWriter);

/// A list or an object whose items follow.
struct Compound<'a> {
    writer: &'a mut JsonWriter,
    /// An enum's variant with content is an object with one member: its end follows the content's.
    is_variant: bool,
}

impl<'a> Serializer<'a> {
    fn variant(&mut self, name: &str) -> Result<(), Failure> {
        self.0.begin_object()?;
        Ok(self.0.key(name)?)
    }

    fn list(self, is_variant: bool) -> Result<Compound<'a>, Failure> {
        self.0.begin_list()?;
        Ok(Compound { writer: self.0, is_variant })
    }

    fn object(self, is_variant: bool) -> Result<Compound<'a>, Failure> {
        self.0.begin_object()?;
        Ok(Compound { writer: self.0, is_variant })
    }
}

impl Compound<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        value.serialize(Serializer(self.writer))
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        self.writer.key(name)?;
        self.item(value)
    }

    fn end_list(self) -> Result<(), Failure> {
        self.writer.end_list();
        self.end_variant()
    }

    fn end_object(self) -> Result<(), Failure> {
        self.writer.end_object();
        self.end_variant()
    }

    fn end_variant(self) -> Result<(), Failure> {
        if self.is_variant {
            self.writer.end_object();
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<(), Failure> {
            Ok(self.0.integer(value.into())?)
        })*
    };
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    integers! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
    }

    fn serialize_u128(self, value: u128) -> Result<(), Failure> {
        Ok(self.0.integer(i128::try_from(value).unwrap_or(i128::MAX))?)
    }

    fn serialize_bool(self, value: bool) -> Result<(), Failure> {
        Ok(self.0.boolean(value)?)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Failure> {
        Ok(self.0.number(value.into())?)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Failure> {
        Ok(self.0.number(value)?)
    }

    fn serialize_char(self, value: char) -> Result<(), Failure> {
        Ok(self.0.text(value.encode_utf8(&mut [0; 4]))?)
    }

    fn serialize_str(self, value: &str) -> Result<(), Failure> {
        Ok(self.0.text(value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Failure> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Failure> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Failure> {
        Ok(self.0.null()?)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failure> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<(), Failure> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.variant(name)?;
        value.serialize(Serializer(self.0))?;
        self.0.end_object();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, Failure> {
        self.list(false)
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>, Failure> {
        self.list(false)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Failure> {
        self.list(false)
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Failure> {
        self.variant(name)?;
        self.list(true)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>, Failure> {
        self.object(false)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Failure> {
        self.object(false)
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Failure> {
        self.variant(name)?;
        self.object(true)
    }
}

macro_rules! lists {
    ($($trait:ident::$method:ident,)*) => {
        $(impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Failure;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
                self.item(value)
            }

            fn end(self) -> Result<(), Failure> {
                self.end_list()
            }
        })*
    };
}

lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

macro_rules! structs {
    ($($trait:ident,)*) => {
        $(impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Failure;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failure> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), Failure> {
                self.end_object()
            }
        })*
    };
}

structs! { SerializeStruct, SerializeStructVariant, }

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        // As serde_json: text, or what it writes as text, such as a number.
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(name)) => Ok(self.writer.key(&name)?),
            Ok(serde_json::Value::Number(number)) => Ok(self.writer.key(&number.to_string())?),
            _ => Err(self.writer.wrong_key(std::any::type_name::<T>()).into()),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.item(value)
    }

    fn end(self) -> Result<(), Failure> {
        self.end_object()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    enum Card {
        Joker,
        Plain(char, u8),
        Named { name: &'static str },
        Wrapped(Option<f64>),
    }

    #[derive(Serialize)]
    struct Hand {
        cards: Vec<Card>,
        names: BTreeMap<u8, &'static str>,
        unit: (),
    }

    #[test]
    fn it_writes_what_serde_json_writes() {
        let cards = vec![
            Card::Joker,
            Card::Plain('♠', 7),
            Card::Named { name: "K" },
            Card::Wrapped(Some(0.5)),
            Card::Wrapped(None),
        ];
        let hand = Hand { cards, names: BTreeMap::from([(1, "one")]), unit: () };
        let text = JsonText::serialize("message", &hand).unwrap();
        assert_eq!(text.as_str(), serde_json::to_string(&hand).unwrap());
    }

    #[test]
    fn what_is_not_finite_is_refused_with_its_place() {
        let hand = Hand { cards: vec![Card::Wrapped(Some(f64::NAN))], names: BTreeMap::new(), unit: () };
        let error = JsonText::serialize("message", &hand).unwrap_err().to_string();
        assert!(error.contains("message.cards[0].Wrapped is NaN"), "{error}");
    }
}
