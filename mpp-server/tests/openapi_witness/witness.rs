//! A transport that holds every exchange against the description of the interface (`docs/openapi`), and remembers which
//! operations it saw succeed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode, header};
use jsonschema::Validator;
use mpp_transport::{Bytes, Request, Response, Transport, TransportError};
use serde_json::{Map, Value, json};
use url::Url;

/// What nobody in a test exceeds, in bytes.
const LIMIT: usize = 128 * 1024 * 1024;

/// The transport with a witness of the interface of this name.
pub(crate) fn watched(interface: &'static str, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
    Arc::new(Watched { interface: Interface::of(interface), inner })
}

/// The operations of an interface that nobody in this process saw succeed yet.
pub(crate) fn unseen(interface: &'static str) -> BTreeSet<String> {
    let interface = Interface::of(interface);
    let seen = interface.seen.lock().unwrap();
    interface.operations.iter().map(Operation::name).filter(|name| !seen.contains(name)).collect()
}

#[derive(Debug)]
struct Watched {
    interface: &'static Interface,
    inner: Arc<dyn Transport>,
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let sent = std::mem::take(&mut request.body).collect(LIMIT).await?;
        request.body = sent.clone().into();
        let asked = Asked {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: sent,
        };
        let mut answer = self.inner.send(request).await?;
        let text = match is_json(&answer.headers) {
            true => {
                let text = std::mem::take(&mut answer.body).collect(LIMIT).await?;
                answer.body = text.clone().into();
                Some(text)
            }
            false => None,
        };
        let given = Given { status: answer.status, headers: answer.headers.clone(), body: text };
        if let Err(complaint) = self.interface.hold(&asked, &given) {
            let Asked { method, url, .. } = asked;
            panic!("{method} {} answered {}: {complaint}", url.path(), given.status);
        }
        Ok(answer)
    }
}

struct Asked {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

struct Given {
    status: StatusCode,
    headers: HeaderMap,
    /// Where it is JSON.
    body: Option<Bytes>,
}

fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|kind| kind == "application/json" || kind == "application/problem+json")
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()?.split(';').next().map(str::trim)
}

struct Interface {
    document: Value,
    operations: Vec<Operation>,
    schemas: Mutex<BTreeMap<String, Arc<Validator>>>,
    seen: Mutex<BTreeSet<String>>,
}

impl std::fmt::Debug for Interface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interface").finish_non_exhaustive()
    }
}

struct Operation {
    method: String,
    path: String,
    said: Value,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The values of the path's parameters, if it is this path.
    fn of_path<'a>(&self, path: &'a str) -> Option<Vec<(&str, &'a str)>> {
        let template = self.path.split('/');
        // the path of a tile has slashes
        let most = if self.path.ends_with("/{tile}") { template.clone().count() } else { usize::MAX };
        let parts = path.splitn(most, '/');
        if template.clone().count() != parts.clone().count() {
            return None;
        }
        let mut values = Vec::new();
        for (template, part) in template.zip(parts) {
            match template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => values.push((name, part)),
                None if template == part => {}
                None => return None,
            }
        }
        Some(values)
    }
}

impl Interface {
    fn of(name: &'static str) -> &'static Self {
        static ALL: OnceLock<Mutex<BTreeMap<&'static str, &'static Interface>>> = OnceLock::new();
        let mut all = ALL.get_or_init(Mutex::default).lock().unwrap();
        all.entry(name).or_insert_with(|| Box::leak(Box::new(Self::read(name))))
    }

    fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi");
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let operations = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(|(method, said)| Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                said: said.clone(),
            })
        });
        let operations = operations.collect();
        Self { document, operations, schemas: Mutex::default(), seen: Mutex::default() }
    }

    /// Paths without parameters come first: `/v1/desk/passkeys/begin` is no passkey.
    fn find<'a>(&self, asked: &'a Asked) -> Option<(&Operation, Vec<(&str, &'a str)>)> {
        let matching = self.operations.iter().filter(|operation| operation.method == asked.method.as_str());
        let found = matching.filter_map(|operation| Some((operation, operation.of_path(asked.url.path())?)));
        found.min_by_key(|(_, values)| values.len())
    }

    fn hold(&self, asked: &Asked, given: &Given) -> Result<(), String> {
        if asked.url.path().starts_with("/v2/") {
            return Ok(()); // ReBIT describes it
        }
        let Some((operation, values)) = self.find(asked) else {
            return match given.status.as_u16() {
                404 | 405 => Ok(()),
                _ => Err("no operation of the description".to_owned()),
            };
        };
        self.hold_answer(operation, asked, given)?;
        if given.status.is_success() {
            self.hold_request(operation, &values, asked)?;
            self.seen.lock().unwrap().insert(operation.name());
        }
        Ok(())
    }

    fn hold_answer(&self, operation: &Operation, asked: &Asked, given: &Given) -> Result<(), String> {
        let responses = &operation.said["responses"];
        let response = responses.get(given.status.as_str());
        // what succeeds is said by its very status
        let response =
            if given.status.is_success() { response } else { response.or(responses.get("default")) };
        let response = self.resolved(response.ok_or("no such status in the description")?);
        for name in response["headers"].as_object().into_iter().flat_map(Map::keys) {
            let needed = name == "x-request-id" || name.starts_with("upload-");
            if needed && !given.headers.contains_key(name.as_str()) {
                return Err(format!("the header {name} is missing"));
            }
        }
        let kind = media_type(&given.headers);
        let Some(content) = response["content"].as_object() else {
            return if kind.is_none() {
                Ok(())
            } else {
                Err(format!("no body is described, not of {kind:?}"))
            };
        };
        if asked.method == Method::HEAD {
            return Ok(());
        }
        let essence = |said: &str| said.split(';').next().map(str::to_owned);
        let of_kind = |kind: &str| content.iter().find(|(said, _)| essence(said).as_deref() == Some(kind));
        let media =
            kind.and_then(|kind| of_kind(kind).map(|(_, media)| media).or_else(|| content.get("*/*")));
        let media = media.ok_or_else(|| format!("no body of {kind:?} is described"))?;
        let Some(body) = &given.body else { return Ok(()) };
        self.hold_json("the answer", &media["schema"], body)?;
        let reused = String::from_utf8_lossy(body).contains("\"idempotency_key_reused\"");
        if reused && given.status == StatusCode::CONFLICT {
            let says = operation.said["parameters"].to_string().contains("parameters/IdempotencyKey");
            return says.then_some(()).ok_or_else(|| "repeats are not described".to_owned());
        }
        Ok(())
    }

    fn hold_request(
        &self,
        operation: &Operation,
        values: &[(&str, &str)],
        asked: &Asked,
    ) -> Result<(), String> {
        self.hold_proofs(operation, asked)?;
        let none = Vec::new();
        let parameters = operation.said["parameters"].as_array().unwrap_or(&none);
        let parameters: Vec<&Value> = parameters.iter().map(|one| self.resolved(one)).collect();
        let query: Vec<_> = asked.url.query_pairs().collect();
        let of = |place: &str, name: &str| {
            parameters.iter().find(|one| one["in"] == place && one["name"] == name).copied()
        };
        for (name, value) in values {
            let parameter = of("path", name).ok_or_else(|| format!("no parameter {name} of the path"))?;
            self.hold_text(name, &parameter["schema"], &decoded(value))?;
        }
        for (name, value) in &query {
            let parameter = of("query", name).ok_or_else(|| format!("no parameter {name} of the query"))?;
            self.hold_text(name, &parameter["schema"], value)?;
        }
        for parameter in parameters.iter().filter(|one| one["required"] == true) {
            let name = parameter["name"].as_str().unwrap();
            let there = match parameter["in"].as_str().unwrap() {
                "query" => query.iter().any(|(given, _)| given == name),
                "header" => asked.headers.contains_key(name),
                _ => true,
            };
            there.then_some(()).ok_or_else(|| format!("{name} is required, and goes without"))?;
        }
        self.hold_body(operation, asked)
    }

    fn hold_body(&self, operation: &Operation, asked: &Asked) -> Result<(), String> {
        let empty = asked.body.is_empty() || &asked.body[..] == b"null" || &asked.body[..] == b"{}";
        let Some(body) = operation.said.get("requestBody") else {
            return empty.then_some(()).ok_or_else(|| "no body of a request is described".to_owned());
        };
        let content = body["content"].as_object().unwrap();
        if let Some(json) = content.get("application/json") {
            if asked.body.is_empty() {
                let required = body["required"] == true;
                return (!required).then_some(()).ok_or_else(|| "a body is required".to_owned());
            }
            return self.hold_json("the request", &json["schema"], &asked.body);
        }
        let kind = media_type(&asked.headers);
        // files are sent without saying what they are
        let known = kind.is_none_or(|kind| content.contains_key(kind));
        known.then_some(()).ok_or_else(|| format!("a request of {kind:?} is not described"))
    }

    /// Whoever gets through has brought every proof that the description asks for, in the place it names.
    fn hold_proofs(&self, operation: &Operation, asked: &Asked) -> Result<(), String> {
        let proofs = operation.said["security"].as_array().unwrap();
        for name in proofs.iter().flat_map(|all| all.as_object().unwrap().keys()) {
            let scheme = &self.document["components"]["securitySchemes"][name];
            let place =
                if scheme["type"] == "http" { "authorization" } else { scheme["name"].as_str().unwrap() };
            if !asked.headers.contains_key(place) {
                return Err(format!("{name} is asked for, and goes without"));
            }
        }
        Ok(())
    }

    fn hold_text(&self, name: &str, schema: &Value, text: &str) -> Result<(), String> {
        let value = match text.parse::<u64>() {
            Ok(number) if self.resolved(schema)["type"] == "integer" => json!(number),
            _ => json!(text),
        };
        self.hold_value(name, schema, &value)
    }

    fn hold_json(&self, what: &str, schema: &Value, text: &[u8]) -> Result<(), String> {
        let value = serde_json::from_slice(text).map_err(|error| format!("{what} is not JSON: {error}"))?;
        self.hold_value(what, schema, &value)
    }

    fn hold_value(&self, what: &str, schema: &Value, value: &Value) -> Result<(), String> {
        let validator = self.validator(schema);
        let errors: Vec<String> = validator
            .iter_errors(value)
            .map(|error| format!("at {}: {error}", error.instance_path()))
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(format!("{what} is not as described: {errors:?}")) }
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut kept = self.schemas.lock().unwrap();
        let make = || {
            let components = &self.document["components"];
            let whole = json!({ "allOf": [schema], "components": components });
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&whole).unwrap())
        };
        Arc::clone(kept.entry(schema.to_string()).or_insert_with(make))
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(place) => self.document.pointer(place.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }
}

fn decoded(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
