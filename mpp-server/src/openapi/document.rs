//! The document of one interface.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use mpp_api::{IDEMPOTENCY_KEY, PROBLEM_MEDIA_TYPE, Problem};
use serde_json::{Map, Value, json};

use super::operation::{Describe, Operation, Reads};
use super::parameters;
use super::refusals::{self, Codes};
use super::schemas::Schemas;

/// One interface.
#[derive(Debug)]
pub(super) struct Interface {
    /// What it is called.
    pub(super) title: &'static str,
    /// Who speaks it, in a few sentences.
    pub(super) about: &'static str,
    /// The groups of its operations, each with what it is for.
    pub(super) tags: &'static [(&'static str, &'static str)],
    /// How callers prove who they are.
    pub(super) schemes: Value,
    /// The codes of its refusals.
    pub(super) refusals: &'static [Codes],
    /// What it serves.
    pub(super) routes: Vec<RouteSaid>,
}

/// A route with what its callers are asked for.
#[derive(Debug)]
pub(super) struct RouteSaid {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) answers_repeats: bool,
    pub(super) describe: Describe,
    /// The group it belongs to.
    pub(super) tag: &'static str,
    /// The schemes a caller has to satisfy, all of them; none for anybody.
    pub(super) proofs: &'static [&'static str],
    /// Whether its callers may ask only so often.
    pub(super) is_limited: bool,
    /// What the roles of a member of staff must allow.
    pub(super) action: Option<&'static str>,
}

impl Interface {
    /// The document.
    pub(super) fn document(&self) -> Value {
        let mut schemas = Schemas::new();
        let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        let codes = refusals::by_status(self.refusals);
        for route in &self.routes {
            let operation = self.operation(route, &mut schemas, &codes);
            // what a last parameter takes with its slashes is one parameter in a description, too
            let path = route.path.replace("{*", "{");
            paths.entry(path).or_default().insert(route.method.to_lowercase(), operation);
        }
        let problem = schemas.answered::<Problem>();
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": self.title,
                "version": env!("CARGO_PKG_VERSION"),
                "description": self.about,
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/", "description": "The server that serves this description." }],
            "tags": self.tags.iter().map(|(name, says)| json!({ "name": name, "description": says })).collect::<Vec<_>>(),
            "paths": paths,
            "components": {
                "headers": headers(),
                "parameters": { "IdempotencyKey": idempotency_key() },
                "responses": problems(&codes, &problem.to_value()),
                "securitySchemes": self.schemes,
            },
        });
        let kept = schemas.settle(&mut document);
        if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
            components.insert("schemas".to_owned(), Value::Object(kept));
        }
        document
    }

    fn operation(
        &self,
        route: &RouteSaid,
        schemas: &mut Schemas,
        codes: &BTreeMap<u16, BTreeSet<&'static str>>,
    ) -> Value {
        let mut parameters = parameters::of_path(route.path, schemas).unwrap_or_default();
        let in_path = !parameters.is_empty();
        let mut operation = Operation::new(schemas);
        (route.describe)(&mut operation);
        let Operation { parameters: asked, body, answers, refuses, reads, .. } = operation;
        parameters.extend(asked);
        if route.answers_repeats {
            parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
        let may_refuse = [
            (400, reads == Reads::Something || route.answers_repeats),
            (401, !route.proofs.is_empty()),
            (403, route.action.is_some()),
            (404, in_path),
            (409, route.answers_repeats),
            (429, route.is_limited),
        ];
        let refusals = may_refuse.into_iter().filter(|(status, may)| *may && codes.contains_key(status));
        // health is asked past the log of requests
        let logged = route.path.starts_with("/v1/");
        let answers = answers.into_iter();
        let limits: &[Header] = if route.is_limited { &LIMITS } else { &[] };
        let headers = [if logged { &[REQUEST_ID][..] } else { &[] }, limits].concat();
        let mut responses: Map<String, Value> =
            answers.map(|(status, answer)| (status, with_headers(answer, &headers))).collect();
        responses.extend(refusals.map(|(status, _)| (status.to_string(), reference(&name_of(status)))));
        if refuses || !route.proofs.is_empty() || body.is_some() {
            responses.insert("default".to_owned(), reference("Problem"));
        }
        let mut said = Map::from_iter([
            ("operationId".to_owned(), Value::from(operation_id(route.method, route.path))),
            ("summary".to_owned(), Value::from(route.summary)),
            ("tags".to_owned(), json!([route.tag])),
            ("security".to_owned(), security(route.proofs)),
            ("responses".to_owned(), Value::Object(responses)),
        ]);
        if let Some(action) = route.action {
            said.insert("description".to_owned(), format!("For staff whose roles allow `{action}`.").into());
        }
        if !parameters.is_empty() {
            said.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(body) = body {
            said.insert("requestBody".to_owned(), body);
        }
        Value::Object(said)
    }
}

/// A header of answers, and what it is called among the components.
type Header = (&'static str, &'static str);

const REQUEST_ID: Header = ("x-request-id", "RequestId");

/// What callers who may ask only so often are told with every answer.
const LIMITS: [Header; 2] = [("ratelimit-policy", "RateLimitPolicy"), ("ratelimit", "RateLimit")];

/// What they are told beside it when they asked too often.
const RETRY_AFTER: Header = ("retry-after", "RetryAfter");

/// An answer with these headers.
fn with_headers(mut answer: Value, names: &[Header]) -> Value {
    if let Some(answer) = answer.as_object_mut().filter(|_| !names.is_empty()) {
        let headers = answer.entry("headers").or_insert_with(|| Value::Object(Map::new()));
        if let Some(headers) = headers.as_object_mut() {
            let referred = |of: &str| json!({ "$ref": format!("#/components/headers/{of}") });
            headers.extend(names.iter().map(|(name, of)| ((*name).to_owned(), referred(of))));
        }
    }
    answer
}

fn headers() -> Value {
    let text = |says: &str, schema: Value| json!({ "description": says, "schema": schema });
    json!({
        "RequestId": text("The name of this request in the server's log.", json!({ "type": "string", "format": "uuid" })),
        "RateLimitPolicy": text(
            "How many requests this caller may make (`q`) in how many seconds (`w`).",
            json!({ "type": "string", "examples": ["\"caller\";q=600;w=60"] }),
        ),
        "RateLimit": text(
            "How many requests this caller has left (`r`), and in how many seconds all of them are there again (`t`).",
            json!({ "type": "string", "examples": ["\"caller\";r=512;t=9"] }),
        ),
        "RetryAfter": text("In how many seconds to ask again.", json!({ "type": "integer", "minimum": 1 })),
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": IDEMPOTENCY_KEY.as_str(),
        "in": "header",
        "required": false,
        "description": "A name of the caller's own for this request. A repeat under it within 24 hours gets the answer that was \
    given before; another body under it is refused.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" },
    })
}

/// Problem documents, one response for each status and one for whatever may come.
fn problems(codes: &BTreeMap<u16, BTreeSet<&'static str>>, problem: &Value) -> Map<String, Value> {
    let all: BTreeSet<&str> = codes.values().flatten().copied().collect();
    let response = |description: String, members: Value| {
        json!({
            "description": description,
            "content": { PROBLEM_MEDIA_TYPE: { "schema": { "allOf": [problem, { "properties": members }] } } },
        })
    };
    let of_status = codes.iter().map(|(status, codes)| {
        let members = json!({ "status": { "const": status }, "code": { "enum": codes } });
        let refusal = response(format!("{}, with a stable code.", reason(*status)), members);
        let headers: &[Header] = if *status == 429 { &[REQUEST_ID, RETRY_AFTER] } else { &[REQUEST_ID] };
        (name_of(*status), with_headers(refusal, headers))
    });
    let any =
        response("A refusal (RFC 9457), with a stable code.".to_owned(), json!({ "code": { "enum": all } }));
    of_status.chain([("Problem".to_owned(), with_headers(any, &[REQUEST_ID]))]).collect()
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Refused")
}

fn name_of(status: u16) -> String {
    format!("Problem{status}")
}

fn reference(response: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{response}") })
}

fn security(proofs: &[&str]) -> Value {
    if proofs.is_empty() {
        return json!([]);
    }
    let all: Map<String, Value> = proofs.iter().map(|proof| ((*proof).to_owned(), json!([]))).collect();
    json!([all])
}

/// `get-consent-requests-id` for `GET /v1/consent-requests/{id}`.
fn operation_id(method: &str, path: &str) -> String {
    let parts = path.split(['/', '.']).map(|part| part.trim_matches(['{', '*', '}']));
    let parts = parts.filter(|part| !part.is_empty() && *part != "v1");
    parts.fold(method.to_lowercase(), |name, part| format!("{name}-{part}"))
}
