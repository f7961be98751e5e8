//! The values of covered components (RFC 9421 §2.1 to §2.4).

use super::super::structured_field::{self, BareItem, Item};
use super::super::{HttpSignatureError, base};
use super::{Message, Request, query_param};

/// The value of a component; a field or a derived component, of the message or of the request it answers.
pub(super) fn value_of(message: &Message<'_>, item: &Item) -> Result<String, HttpSignatureError> {
    let marks = Marks::read(item)?;
    let name = item.text.as_str();
    let value = match (message, marks.of_request) {
        (Message::Request(_), true) => None,
        (Message::Request(request), false) => of_request(request, name, &marks)?,
        (Message::Response(response), true) => match &response.request {
            Some(request) => of_request(request, name, &marks)?,
            None => None,
        },
        (Message::Response(response), false) if name == "@status" && marks.are_none() => {
            Some(format!("{:03}", response.status))
        }
        (Message::Response(response), false) => of_fields(response.fields, name, &marks)?,
    };
    value.ok_or(HttpSignatureError::UnknownComponent)
}

/// The parameters of a component.
#[derive(Default)]
struct Marks<'a> {
    of_request: bool,
    key: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Marks<'a> {
    fn read(item: &'a Item) -> Result<Self, HttpSignatureError> {
        let mut marks = Self::default();
        for parameter in &item.parameters {
            match (parameter.name.as_str(), &parameter.value) {
                ("req", BareItem::Boolean(true)) => marks.of_request = true,
                ("key", BareItem::Text(key)) => marks.key = Some(key),
                ("name", BareItem::Text(name)) => marks.name = Some(name),
                ("sf", _) => return Err(unsupported("the component parameter \"sf\"")),
                ("bs", _) => return Err(unsupported("the component parameter \"bs\"")),
                ("tr", _) => return Err(unsupported("the component parameter \"tr\"")),
                _ => return Err(unsupported("an unknown component parameter")),
            }
        }
        Ok(marks)
    }

    const fn are_none(&self) -> bool {
        self.key.is_none() && self.name.is_none()
    }
}

const fn unsupported(what: &'static str) -> HttpSignatureError {
    HttpSignatureError::Unsupported { what }
}

fn of_request(
    request: &Request<'_>,
    name: &str,
    marks: &Marks<'_>,
) -> Result<Option<String>, HttpSignatureError> {
    if name == "@query-param" {
        let (Some(name), None) = (marks.name, marks.key) else { return Ok(None) };
        return Ok(query_param::value_of(request.query.unwrap_or_default(), name));
    }
    if !name.starts_with('@') {
        return of_fields(request.fields, name, marks);
    }
    Ok(derived(request, name).filter(|_| marks.are_none()))
}

fn derived(request: &Request<'_>, name: &str) -> Option<String> {
    let scheme = request.scheme.to_ascii_lowercase();
    let query = || request.query.map(|query| format!("?{query}")).unwrap_or_default();
    match name {
        "@method" => Some(request.method.to_owned()),
        "@scheme" => Some(scheme),
        "@authority" => Some(authority(&scheme, request.authority)),
        "@path" => Some(base::path(request.path).to_owned()),
        "@query" => Some(base::query(request.query)),
        "@request-target" => Some(format!("{}{}", base::path(request.path), query())),
        "@target-uri" => {
            Some(format!("{scheme}://{}{}{}", request.authority, base::path(request.path), query()))
        }
        _ => None,
    }
}

/// Lower case, without the port that goes without saying (RFC 9421 §2.2.3).
fn authority(scheme: &str, authority: &str) -> String {
    let lower = authority.to_ascii_lowercase();
    let default = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return lower,
    };
    lower.strip_suffix(default).map_or_else(|| lower.clone(), str::to_owned)
}

/// A header field, or the member of a dictionary (RFC 9421 §2.1.2).
fn of_fields(
    fields: &[(&str, &str)],
    name: &str,
    marks: &Marks<'_>,
) -> Result<Option<String>, HttpSignatureError> {
    let Some(value) = base::field(fields, name).filter(|_| marks.name.is_none()) else { return Ok(None) };
    let Some(key) = marks.key else { return Ok(Some(value)) };
    let bytes = structured_field::parse_byte_sequences(&value)
        .map(|members| member(members, key, |bytes| BareItem::Bytes(bytes).to_string()));
    let lists = || {
        structured_field::parse_inner_lists(&value)
            .map(|members| member(members, key, |list| list.to_string()))
    };
    bytes.or_else(lists).ok_or(unsupported("\"key\" on a dictionary of this kind"))
}

fn member<T>(members: Vec<(String, T)>, key: &str, write: impl Fn(T) -> String) -> Option<String> {
    members.into_iter().find(|(name, _)| name == key).map(|(_, value)| write(value))
}
