//! Reading a JSON body in two steps: syntax first, then every field, with all faults collected.

use crate::error::{Error, Fault, FieldFault};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A body that is no JSON object. The text names the line and the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault(pub String);

/// Reads the first step: the bytes have to be one JSON object. Of a repeated key the last value counts.
///
/// # Errors
/// They are not.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, SyntaxFault> {
    let kind = match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => return Ok(object),
        Ok(Value::Null) => "null",
        Ok(Value::Bool(_)) => "a boolean",
        Ok(Value::Number(_)) => "a number",
        Ok(Value::String(_)) => "a string",
        Ok(Value::Array(_)) => "an array",
        Err(fault) => return Err(SyntaxFault(format!("Body is not valid JSON: {fault}"))),
    };
    let before = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .copied();
    let (line, column) = before.fold((1_u64, 1_u64), |(line, column), byte| match byte {
        b'\n' => (line + 1, 1),
        _ => (line, column + 1),
    });
    Err(SyntaxFault(format!(
        "Body must be a JSON object, but is {kind} at line {line} column {column}"
    )))
}

/// The second step: reads fields and collects what is wrong with them.
///
/// ```
/// use roster_domain::{name::Name, role::Role, wire::{Body, parse_object}};
///
/// let object = parse_object(br#"{"role": "king"}"#).unwrap();
/// let body = Body::new(&object);
/// let name = body.field("name").required().text(Name::parse);
/// let role = body.field("role").required().text(Role::parse);
/// let error = body.finish(|| Some((name?, role?))).unwrap_err();
/// let roster_domain::Error::Invalid(faults) = error else { panic!() };
/// assert_eq!(faults.len(), 2);
/// ```
#[derive(Debug)]
pub struct Body<'a> {
    object: &'a Map<String, Value>,
    path: String,
    faults: RefCell<Vec<FieldFault>>,
}

impl<'a> Body<'a> {
    /// The fields of a body.
    pub fn new(object: &'a Map<String, Value>) -> Self {
        Self::at(object, String::new())
    }

    fn at(object: &'a Map<String, Value>, path: String) -> Self {
        Self {
            object,
            path,
            faults: RefCell::default(),
        }
    }

    /// The object in a field of this one; its faults come back with [`Self::absorb`].
    pub fn nested(&self, name: &str) -> Option<Body<'a>> {
        let object = self.field(name).required().read(
            |value| value.as_object(),
            Fault::new("type", "must be an object"),
        )?;
        Some(Self::at(object, format!("{}{name}.", self.path)))
    }

    /// Takes over the faults of a nested object.
    pub fn absorb(&self, nested: Body<'a>) {
        self.faults.borrow_mut().extend(nested.faults.into_inner());
    }

    /// Reads the objects of an array in a field of this one, each for itself: one that is faulty has faults of its own.
    pub fn each<T>(
        &self,
        name: &str,
        read: impl Fn(&Body<'a>) -> Option<T>,
    ) -> Option<Vec<Result<T, Vec<FieldFault>>>> {
        let fault = Fault::new("type", "must be an array of objects");
        let array = self.field(name).required().read(Value::as_array, fault)?;
        let objects = array.iter().enumerate().map(|(index, value)| {
            let path = format!("{}{name}[{index}]", self.path);
            let Some(object) = value.as_object() else {
                let fault = Fault::new("type", "must be an object");
                return Err(vec![FieldFault { field: path, fault }]);
            };
            let body = Self::at(object, format!("{path}."));
            let value = read(&body);
            let faults = body.faults.into_inner();
            value.filter(|_| faults.is_empty()).ok_or(faults)
        });
        Some(objects.collect())
    }

    /// Whether the object has the field, be it `null`.
    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// One field.
    pub fn field(&self, name: &str) -> Field<'a, '_> {
        Field {
            value: self.object.get(name),
            name: format!("{}{name}", self.path),
            faults: &self.faults,
        }
    }

    /// Adds a fault.
    pub fn refuse(&self, name: &str, fault: Fault) {
        self.field(name).refuse(fault);
    }

    /// Refuses every field but these.
    pub fn refuse_others(&self, known: &[&str]) {
        let known: BTreeSet<_> = known.iter().copied().collect();
        for name in self
            .object
            .keys()
            .filter(|name| !known.contains(name.as_str()))
        {
            // The name is the client's text: what cannot be printed is not repeated.
            let printable: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            self.refuse(&printable, Fault::new("unknown", "is not a known field"));
        }
    }

    /// Whether the object has no field at all.
    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    /// The value, if no field had a fault.
    ///
    /// # Errors
    /// All the faults.
    pub fn finish<T>(self, value: impl FnOnce() -> Option<T>) -> Result<T, Error> {
        let faults = self.faults.into_inner();
        if faults.is_empty()
            && let Some(value) = value()
        {
            return Ok(value);
        }
        Err(Error::Invalid(faults))
    }
}

/// One field of a body.
#[derive(Debug)]
pub struct Field<'a, 'b> {
    value: Option<&'a Value>,
    name: String,
    faults: &'b RefCell<Vec<FieldFault>>,
}

impl<'a> Field<'a, '_> {
    /// Refuses the absent and the `null` field. Without this both read as `None`.
    pub fn required(self) -> Self {
        if self.value.is_none_or(Value::is_null) {
            self.refuse(Fault::REQUIRED);
        }
        self
    }

    /// Reads a string.
    pub fn text<T>(self, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let text = self.read(Value::as_str, Fault::new("type", "must be a string"))?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.refuse(fault);
                None
            }
        }
    }

    /// Reads a boolean.
    pub fn boolean(self) -> Option<bool> {
        self.read(Value::as_bool, Fault::new("type", "must be true or false"))
    }

    /// Reads a 64-bit integer.
    pub fn integer(self) -> Option<i64> {
        self.read(
            Value::as_i64,
            Fault::new("type", "must be an integer of at most 64 bits"),
        )
    }

    /// Reads an array of 64-bit integers.
    pub fn integers(self) -> Option<Vec<i64>> {
        let fault = || Fault::new("type", "must be an array of integers");
        let array = self.read(Value::as_array, fault())?;
        let integers: Option<Vec<i64>> = array.iter().map(Value::as_i64).collect();
        if integers.is_none() {
            self.refuse(fault());
        }
        integers
    }

    /// Reads an array of strings.
    pub fn texts(self) -> Option<Vec<&'a str>> {
        let fault = || Fault::new("type", "must be an array of strings");
        let array = self.read(Value::as_array, fault())?;
        let texts: Option<Vec<&str>> = array.iter().map(Value::as_str).collect();
        if texts.is_none() {
            self.refuse(fault());
        }
        texts
    }

    /// Reads an object.
    pub fn object<T>(
        self,
        parse: impl FnOnce(&Map<String, Value>) -> Result<T, Fault>,
    ) -> Option<T> {
        let object = self.read(Value::as_object, Fault::new("type", "must be an object"))?;
        match parse(object) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.refuse(fault);
                None
            }
        }
    }

    fn read<T>(&self, convert: impl FnOnce(&'a Value) -> Option<T>, fault: Fault) -> Option<T> {
        let value = self.value.filter(|value| !value.is_null())?;
        let converted = convert(value);
        if converted.is_none() {
            self.refuse(fault);
        }
        converted
    }

    fn refuse(&self, fault: Fault) {
        self.faults.borrow_mut().push(FieldFault {
            field: self.name.clone(),
            fault,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_faults_name_line_and_column() {
        let text = |bytes| parse_object(bytes).unwrap_err().0;
        assert_eq!(
            text(b"{\n  \"a\": }"),
            "Body is not valid JSON: expected value at line 2 column 8"
        );
        assert!(text(b"").contains("line 1 column 0"));
        assert_eq!(
            text(b" \n [1]"),
            "Body must be a JSON object, but is an array at line 2 column 2"
        );
        assert!(text(b"{\"a\": \"\xff\"}").contains("line 1 column"));
        assert!(text("[".repeat(100_000).as_bytes()).contains("recursion limit"));
    }

    #[test]
    fn of_a_repeated_key_the_last_counts() {
        let object = parse_object(br#"{"a": 1, "a": 2}"#).unwrap();
        assert_eq!(Body::new(&object).field("a").integer(), Some(2));
    }

    #[test]
    fn integers_beyond_64_bits_are_refused() {
        for text in ["1e3", "1.0", "9223372036854775808", "\"1\"", "true", "[]"] {
            let object = parse_object(format!("{{\"id\": {text}}}").as_bytes()).unwrap();
            let body = Body::new(&object);
            assert_eq!(body.field("id").required().integer(), None);
            assert!(body.finish(|| Some(())).is_err(), "{text}");
        }
    }
}
