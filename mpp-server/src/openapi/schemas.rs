//! The schemas of everything that goes in and out, each once.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Where the schemas of what goes in stand until they are told from those of what comes out.
const ASKED: &str = "#/components/asked/";
/// Where schemas stand in a document.
const KEPT: &str = "#/components/schemas/";
/// What a schema of what goes in is called when what comes out has the same name and another form.
const SUFFIX: &str = "Asked";

/// Collects schemas. What goes in and what comes out may differ under one name: a member with a default may be left out of
/// what goes in, and is always in what comes out.
#[derive(Debug)]
pub(super) struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |path: &str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.definitions_path = path.to_owned().into();
            })
        };
        Self {
            asked: settings("/components/asked").for_deserialize().into_generator(),
            answered: settings("/components/schemas").for_serialize().into_generator(),
        }
    }

    /// The schema of a `T` that goes in.
    pub(super) fn asked<T: JsonSchema>(&mut self) -> Schema {
        self.asked.subschema_for::<T>()
    }

    /// The schema of a `T` that comes out.
    pub(super) fn answered<T: JsonSchema>(&mut self) -> Schema {
        self.answered.subschema_for::<T>()
    }

    /// The members of a `T` as parameters of a query.
    pub(super) fn query<T: JsonSchema>(&mut self) -> Vec<Value> {
        let schema = T::json_schema(&mut self.asked).to_value();
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        members
            .map(|(name, member)| {
                let mut schema = without_null(member);
                let says = schema.as_object_mut().and_then(|schema| schema.remove("description"));
                let mut parameter = json!({
                    "name": name,
                    "in": "query",
                    "required": required.contains(name.as_str()),
                    "schema": schema,
                });
                if let (Some(says), Some(parameter)) = (says, parameter.as_object_mut()) {
                    parameter.insert("description".to_owned(), says);
                }
                parameter
            })
            .collect()
    }

    /// Gives what was collected its names: puts the schemas into the document's components and turns its references to
    /// where they stand now.
    pub(super) fn settle(mut self, document: &mut Value) -> Map<String, Value> {
        let asked = self.asked.take_definitions(true);
        let mut kept = self.answered.take_definitions(true);
        let renamed = differing(&asked, &kept);
        kept.values_mut().for_each(|schema| point(schema, &renamed));
        for (name, mut schema) in asked {
            point(&mut schema, &renamed);
            let name = if renamed.contains(&name) { format!("{name}{SUFFIX}") } else { name };
            kept.insert(name, schema);
        }
        point(document, &renamed);
        kept
    }
}

/// A parameter of a query is there or not; it is never null.
fn without_null(member: &Value) -> Value {
    let mut member = member.clone();
    let Some(schema) = member.as_object_mut() else { return member };
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
        if let [only] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            if let Value::Object(only) = only {
                schema.extend(only);
            }
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    member
}

/// The names under which what goes in has another form than what comes out, be it only because of what it refers to.
fn differing(asked: &Map<String, Value>, answered: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, schema) in asked {
            let mut pointed = schema.clone();
            point(&mut pointed, &found);
            let other = answered.get(name).cloned().map(|mut other| {
                point(&mut other, &found);
                other
            });
            if other.is_some_and(|other| other != pointed) {
                found.insert(name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// What is written for readers of the code, for readers of the document: without links, and in one paragraph.
fn plain(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`").replace('\n', " ")
}

/// Turns references to what goes in to where it stands in the document, and makes descriptions plain.
fn point(value: &mut Value, renamed: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "description" => *text = plain(text),
                    Value::String(text) if key == "$ref" => {
                        if let Some(name) = text.strip_prefix(ASKED) {
                            let suffix = if renamed.contains(name) { SUFFIX } else { "" };
                            *text = format!("{KEPT}{name}{suffix}");
                        }
                    }
                    member => point(member, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point(item, renamed)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
