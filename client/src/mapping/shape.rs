//! The fields of a kind and what each may be, as the domain describes them.

use domain::fields::BodyDescription;
use domain::payee::Payee;
use domain::product::Product;
use domain::resource::Resource;
use domain::revenue::Revenue;
use domain::rule::Rule;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::kind::RecordKind;

/// What a field may be: how a text becomes its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A text, also of a closed list.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Whole,
    /// An exact decimal: money, or a percentage.
    Decimal,
    /// A currency code.
    Currency,
    /// An instant.
    Timestamp,
    /// A day.
    Date,
    /// A list of texts.
    Texts,
    /// Any other list.
    Json,
    /// An object with these fields.
    Fields(Vec<Field>),
    /// An object with any keys, each with a value of this shape.
    Open(Box<Shape>),
}

/// A field of a record, or of an object within it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub shape: Shape,
}

/// The fields of a kind.
pub struct KindFields {
    /// Those that are written, in the order of the API.
    pub writable: Vec<Field>,
    /// Those that may be sent back and are ignored, or that say how a record is written.
    pub others: Vec<Field>,
}

impl KindFields {
    /// The fields of a kind, from the description that the document of the API is made of too.
    pub fn of(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Payees => Self::of_resource::<Payee>(),
            RecordKind::Products => Self::of_resource::<Product>(),
            RecordKind::Rules => Self::of_resource::<Rule>(),
            RecordKind::Revenues => Self::described(&Revenue::OWN_FIELDS, |description| {
                drop(Revenue::read(description, Uuid::nil(), |_, _| Uuid::nil()));
            }),
        }
    }

    fn of_resource<R: Resource>() -> Self {
        let others = ["id", "created_at", "updated_at", "version", "operation"];
        let others = [&others[..], R::READ_ONLY].concat();
        Self::described(&others, |description| {
            drop(R::default().merge(description));
        })
    }

    fn described(others: &[&str], describe: impl FnOnce(&mut BodyDescription<'_>)) -> Self {
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        let mut generator = SchemaGenerator::from(settings);
        let mut description = BodyDescription::new(&mut generator);
        describe(&mut description);
        let fields = description.fields;
        let definitions = generator.definitions();
        let writable = fields.iter().map(|field| Field {
            name: field.name.to_owned(),
            shape: shape(field.schema.as_value(), definitions),
        });
        let others = others.iter().map(|name| Field {
            name: (*name).to_owned(),
            shape: if *name == "version" {
                Shape::Whole
            } else {
                Shape::Text
            },
        });
        Self {
            writable: writable.collect(),
            others: others.collect(),
        }
    }

    /// The shape of a field, and its path; dots lead into objects, as in `metadata.order`.
    pub fn find(&self, path: &str) -> Option<(Vec<String>, &Shape)> {
        let mut names = Vec::new();
        let shape = find(&self.writable, path, &mut names).or_else(|| {
            names.clear();
            find(&self.others, path, &mut names)
        })?;
        Some((names, shape))
    }

    /// The name of the field with the currency of the amounts.
    pub fn currency(&self) -> Option<&str> {
        let mut fields = self.writable.iter();
        let currency = fields.find(|field| field.shape == Shape::Currency)?;
        Some(&currency.name)
    }

    /// The names of the writable fields, for messages.
    pub fn names(&self) -> Vec<&str> {
        self.writable.iter().map(|field| &*field.name).collect()
    }
}

fn find<'a>(fields: &'a [Field], path: &str, names: &mut Vec<String>) -> Option<&'a Shape> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let field = fields.iter().find(|field| field.name == name)?;
    names.push(name.to_owned());
    match (&field.shape, rest) {
        (shape, None) => Some(shape),
        (Shape::Fields(fields), Some(rest)) => find(fields, rest, names),
        (Shape::Open(values), Some(rest)) => {
            names.push(rest.to_owned());
            Some(values)
        }
        (_, Some(_)) => None,
    }
}

/// What values of a schema are.
fn shape(schema: &Value, definitions: &Map<String, Value>) -> Shape {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return definitions
            .get(name)
            .map_or(Shape::Json, |schema| shape(schema, definitions));
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let mut shapes = any.iter().filter(|schema| schema["type"] != "null");
        let is_number = shapes.clone().any(|schema| schema["type"] == "number");
        return match shapes.next() {
            Some(_) if is_number => Shape::Decimal,
            Some(first) => shape(first, definitions),
            None => Shape::Json,
        };
    }
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match types.into_iter().find(|name| *name != "null") {
        Some("boolean") => Shape::Boolean,
        Some("integer") => Shape::Whole,
        Some("number") => Shape::Decimal,
        Some("string") => text(schema),
        Some("array") => match shape(&schema["items"], definitions) {
            Shape::Text | Shape::Currency => Shape::Texts,
            _ => Shape::Json,
        },
        Some("object") => object(schema, definitions),
        Some(_) | None => Shape::Json,
    }
}

fn text(schema: &Value) -> Shape {
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("date"), _) => Shape::Date,
        (Some("date-time"), _) => Shape::Timestamp,
        (_, Some("^[A-Za-z]{3}$")) => Shape::Currency,
        (_, _) => Shape::Text,
    }
}

fn object(schema: &Value, definitions: &Map<String, Value>) -> Shape {
    if let Some(properties) = schema["properties"].as_object() {
        let fields = properties.iter().map(|(name, schema)| Field {
            name: name.clone(),
            shape: shape(schema, definitions),
        });
        return Shape::Fields(fields.collect());
    }
    Shape::Open(Box::new(shape(
        &schema["additionalProperties"],
        definitions,
    )))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail so")]
mod tests {
    use super::*;

    fn found(kind: RecordKind, path: &str) -> Option<(Vec<String>, Shape)> {
        let fields = KindFields::of(kind);
        let (names, shape) = fields.find(path)?;
        Some((names, shape.clone()))
    }

    fn shape_of(kind: RecordKind, path: &str) -> Shape {
        found(kind, path)
            .unwrap_or_else(|| panic!("{kind} has {path}"))
            .1
    }

    #[test]
    fn every_field_has_the_shape_that_the_domain_describes() {
        use RecordKind::{Payees, Products, Revenues, Rules};
        assert_eq!(shape_of(Revenues, "amount"), Shape::Decimal);
        assert_eq!(shape_of(Revenues, "occurred_at"), Shape::Timestamp);
        assert_eq!(shape_of(Revenues, "currency"), Shape::Currency);
        assert_eq!(shape_of(Revenues, "type"), Shape::Text);
        assert_eq!(shape_of(Payees, "on_hold"), Shape::Boolean);
        assert_eq!(shape_of(Payees, "hold_until"), Shape::Date);
        assert_eq!(shape_of(Payees, "payout_threshold"), Shape::Decimal);
        assert_eq!(shape_of(Payees, "fallback_percentage"), Shape::Decimal);
        assert_eq!(shape_of(Payees, "payout_currency"), Shape::Currency);
        assert_eq!(shape_of(Products, "tags"), Shape::Texts);
        assert_eq!(shape_of(Rules, "priority"), Shape::Whole);
        assert_eq!(shape_of(Rules, "allocations"), Shape::Json);
        assert_eq!(shape_of(Rules, "match.currencies"), Shape::Texts);
        assert_eq!(shape_of(Rules, "match.metadata.level"), Shape::Text);
        assert_eq!(shape_of(Rules, "version"), Shape::Whole);
    }

    #[test]
    fn the_rest_of_a_path_into_metadata_is_one_key() {
        let (names, shape) = found(RecordKind::Revenues, "metadata.utm.source").unwrap();
        assert_eq!(names, ["metadata", "utm.source"]);
        assert_eq!(shape, Shape::Text);
        assert!(found(RecordKind::Revenues, "amount.gross").is_none());
    }
}
