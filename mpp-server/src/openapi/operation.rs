//! One operation as the types of its handler describe it.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use super::{Answer, Input};

/// Describes an operation by the types of its handler.
pub type Describe = fn(&mut Operation<'_>);

/// A handler whose types say what it takes and gives. `T` is what axum infers of the handler's arguments.
pub trait Described<T> {
    /// Notes what the handler takes and gives.
    fn describe(operation: &mut Operation<'_>);
}

/// Handlers with so many arguments, like axum's own `Handler`.
macro_rules! described {
    ($($input:ident),*) => {
        impl<F, Fut, A, M, $($input: Input),*> Described<(M, $($input,)*)> for F
        where
            F: FnOnce($($input),*) -> Fut,
            Fut: Future<Output = A>,
            A: Answer,
        {
            fn describe(operation: &mut Operation<'_>) {
                $($input::describe(operation);)*
                A::describe(operation);
            }
        }
    };
}

described!();
described!(A1);
described!(A1, A2);
described!(A1, A2, A3);
described!(A1, A2, A3, A4);
described!(A1, A2, A3, A4, A5);

/// What an operation takes and gives, as noted so far.
#[derive(Debug)]
pub struct Operation<'a> {
    pub(super) schemas: &'a mut Schemas,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) answers: Map<String, Value>,
    pub(super) refuses: bool,
    pub(super) reads: Reads,
}

/// What of a request can be wrong in form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// Nothing that could be wrong.
    Nothing,
    /// A query, a header or a body.
    Something,
}

impl<'a> Operation<'a> {
    pub(super) fn new(schemas: &'a mut Schemas) -> Self {
        Self {
            schemas,
            parameters: Vec::new(),
            body: None,
            answers: Map::new(),
            refuses: false,
            reads: Reads::Nothing,
        }
    }

    /// Takes a body of JSON.
    pub(crate) fn takes<T: JsonSchema>(&mut self) {
        let schema = self.schemas.asked::<T>();
        self.takes_content(json!({ "application/json": { "schema": schema } }));
    }

    /// Takes a form with the members of a `T`.
    pub(crate) fn takes_form<T: JsonSchema>(&mut self) {
        let schema = self.schemas.asked::<T>();
        self.takes_content(json!({ "application/x-www-form-urlencoded": { "schema": schema } }));
    }

    /// Takes a body of one of these media types, byte for byte.
    pub(crate) fn takes_bytes(&mut self, media_types: &[&str]) {
        let content: Map<String, Value> =
            media_types.iter().map(|media_type| ((*media_type).to_owned(), json!({}))).collect();
        self.takes_content(Value::Object(content));
    }

    fn takes_content(&mut self, content: Value) {
        self.reads = Reads::Something;
        self.body = Some(json!({ "required": true, "content": content }));
    }

    /// Takes the members of a `T` as parameters of its query.
    pub(crate) fn asks<T: JsonSchema>(&mut self) {
        self.reads = Reads::Something;
        self.parameters.extend(self.schemas.query::<T>());
    }

    /// Takes a header that has such a form.
    #[cfg(any(feature = "central", feature = "client"))]
    pub(crate) fn takes_header(&mut self, name: &str, description: &str, required: bool, schema: &Value) {
        self.reads = Reads::Something;
        self.parameters.push(json!({
            "name": name,
            "in": "header",
            "description": description,
            "required": required,
            "schema": schema,
        }));
    }

    /// Answers JSON of a `T`.
    pub(crate) fn answers<T: JsonSchema>(&mut self, status: u16, description: &str) {
        let schema = self.schemas.answered::<T>();
        self.answers_content(status, description, "application/json", &json!({ "schema": schema }));
    }

    /// Answers a document of a media type.
    pub(crate) fn answers_content(
        &mut self,
        status: u16,
        description: &str,
        media_type: &str,
        content: &Value,
    ) {
        let answer = json!({ "description": description, "content": { media_type: content } });
        self.answers.insert(status.to_string(), answer);
    }

    /// Answers a head without a body, with these headers beside those of every answer.
    pub(crate) fn answers_empty(&mut self, status: u16, description: &str, headers: &[(&str, &str, Value)]) {
        let headers: Map<String, Value> = headers
            .iter()
            .map(|(name, says, schema)| {
                ((*name).to_owned(), json!({ "description": says, "schema": schema }))
            })
            .collect();
        let mut answer = Map::from_iter([("description".to_owned(), Value::from(description))]);
        if !headers.is_empty() {
            answer.insert("headers".to_owned(), Value::Object(headers));
        }
        self.answers.insert(status.to_string(), Value::Object(answer));
    }

    /// May refuse with a problem document.
    pub(crate) fn refuses(&mut self) {
        self.refuses = true;
    }
}
