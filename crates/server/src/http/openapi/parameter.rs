//! Parameters in paths, queries and headers.

use serde_json::Value;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{RefOr, Required};

/// A parameter of the query that may be left out.
pub(super) fn query(name: &str, schema: impl Into<RefOr<Schema>>, description: &str) -> Parameter {
    let builder = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema));
    builder.build()
}

/// The same, but it has to be there.
pub(super) fn required(parameter: Parameter, example: impl Into<Value>) -> Parameter {
    ParameterBuilder::from(parameter)
        .required(Required::True)
        .example(Some(example.into()))
        .build()
}

/// An array of at most so many values: `name=1&name=2`.
pub(super) fn array(name: &str, items: Schema, most: usize, description: &str) -> Parameter {
    let array = ArrayBuilder::new()
        .items(RefOr::T(items))
        .max_items(Some(most));
    let mut parameter = query(name, array, description);
    parameter.style = Some(ParameterStyle::Form);
    parameter.explode = Some(true);
    parameter
}

/// The parameters that a list takes to be read page by page.
pub(super) fn paging() -> [Parameter; 3] {
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(100))
        .default(Some(20.into()));
    [
        query("limit", limit, "How many there are on a page."),
        query("after", text(), "The cursor `next` of another page."),
        query(
            "before",
            text(),
            "The cursor `previous` of another page; not together with `after`.",
        ),
    ]
}

/// What a pattern's placeholder stands for.
pub(super) fn path(name: &str) -> Parameter {
    let (schema, description, example) = match name {
        "token" => (
            text(),
            "The secret of a link, as the mail has it.",
            Value::from("k3Vd0o8S2xN5hQmZr1tLwYbC7uEaJf9gP4iXsTnWvKq"),
        ),
        "group_id" => (id(), "The group's id.", Value::from(33)),
        "user_id" => (id(), "The user's id.", Value::from(560)),
        _ => (id(), "The id.", Value::from(560)),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema))
        .example(Some(example))
        .build()
}

/// A header that may be left out.
pub(super) fn header(name: &str, schema: Schema, description: &str) -> Parameter {
    let mut parameter = query(name, schema, description);
    parameter.parameter_in = ParameterIn::Header;
    parameter
}

/// Any text.
pub(super) fn text() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// A text of some length.
pub(super) fn text_of(least: usize, most: usize) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(least))
        .max_length(Some(most))
        .into()
}

/// A text of visible ASCII characters.
pub(super) fn visible_text(most: usize) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(most))
        .pattern(Some("^[!-~]+$"))
        .into()
}

/// A text in a known form.
pub(super) fn formatted(format: KnownFormat) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .into()
}

/// An id.
pub(super) fn id() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .into()
}

/// `true` or `false`.
pub(super) fn boolean() -> Schema {
    ObjectBuilder::new().schema_type(Type::Boolean).into()
}

/// The same; what holds where it is left out.
pub(super) fn boolean_or(default: bool) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .default(Some(default.into()))
        .into()
}

/// One of some words.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .into()
}

/// The same; which one holds where none is given.
pub(super) fn words_or<'a>(default: &str, words: impl IntoIterator<Item = &'a str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .default(Some(default.into()))
        .into()
}
