// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a signature covers: identifiers of components, RFC 9421 section 2.
//!
//! Two identifiers are the same whatever the order of their parameters, and `key` implies `sf`.

use crate::{
    ConfigError, Error,
    wire::structured_field::{self as field, Item},
};
use alloc::{format, string::String};
use http::HeaderName;

/// One component of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) name: Name,
    /// Of the request that a response answers.
    pub(super) req: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Method,
    TargetUri,
    Authority,
    Scheme,
    RequestTarget,
    Path,
    Query,
    /// With the name in its encoded form.
    QueryParam(String),
    Status,
    Field {
        name: HeaderName,
        form: Form,
        trailer: bool,
    },
}

/// How the lines of a field become one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// `sf`
    Strict,
    /// `key`
    Member(String),
    /// `bs`
    Bytes,
}

impl Component {
    pub(super) const fn new(name: Name) -> Self {
        Self { name, req: false }
    }

    pub(super) const fn field(name: HeaderName) -> Self {
        Self::new(Name::Field { name, form: Form::Plain, trailer: false })
    }

    /// The same component of the request.
    pub(super) fn req(self) -> Self {
        Self { req: true, ..self }
    }

    /// Reads an identifier.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no identifier; [`Error::Policy`] for a derived component or a parameter that
    /// is not known, and for parameters that do not go together.
    pub(super) fn read(item: &Item<'_>) -> Result<Self, Error> {
        let name = item.bare.string().ok_or(Error::Malformed)?;
        let (mut strict, mut bytes, mut trailer, mut req) = (false, false, false, false);
        let (mut key, mut parameter) = (None, None);
        for (name, value) in &item.parameters {
            let flag = match *name {
                "sf" => &mut strict,
                "bs" => &mut bytes,
                "tr" => &mut trailer,
                "req" => &mut req,
                "key" => {
                    key = Some(String::from(value.string().ok_or(Error::Malformed)?));
                    continue;
                }
                "name" => {
                    parameter = Some(String::from(value.string().ok_or(Error::Malformed)?));
                    continue;
                }
                _ => return Err(Error::Policy),
            };
            *flag = value.is_true().then_some(true).ok_or(Error::Malformed)?;
        }
        let form = match (strict, key, bytes) {
            (_, Some(key), false) => Form::Member(key),
            (true, None, false) => Form::Strict,
            (false, None, true) => Form::Bytes,
            (false, None, false) => Form::Plain,
            _ => return Err(Error::Policy),
        };
        let name = if name.starts_with('@') {
            let plain = form == Form::Plain && !trailer;
            plain.then_some(()).ok_or(Error::Policy)?;
            Name::derived(name, parameter)?
        } else {
            parameter.is_none().then_some(()).ok_or(Error::Policy)?;
            // Lower case only: an identifier has one spelling.
            let name = HeaderName::from_lowercase(name.as_bytes()).map_err(|_| Error::Malformed)?;
            Name::Field { name, form, trailer }
        };
        Ok(Self { name, req })
    }

    /// Reads the notation of this crate: an identifier of RFC 9421 without the quotes around its name, for example
    /// `@method`, `content-type` or `@query-param;name="id"`.
    ///
    /// # Errors
    /// [`ConfigError::Scheme`].
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        let (name, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
        let text = format!("\"{name}\"{parameters}");
        let item = field::item(text.as_bytes()).ok_or(ConfigError::Scheme)?;
        Self::read(&item).map_err(|_| ConfigError::Scheme)
    }

    /// Writes the identifier, its parameters in one order. `false` when a name has a byte that no string has.
    #[must_use]
    pub(super) fn write(&self, out: &mut String) -> bool {
        let (name, form, trailer) = match &self.name {
            Name::Field { name, form, trailer } => (name.as_str(), form, *trailer),
            derived => (derived.text(), &Form::Plain, false),
        };
        let mut written = field::write_string(out, name);
        match form {
            Form::Plain => {}
            Form::Strict => out.push_str(";sf"),
            Form::Bytes => out.push_str(";bs"),
            Form::Member(key) => {
                out.push_str(";key=");
                written &= field::write_string(out, key);
            }
        }
        if trailer {
            out.push_str(";tr");
        }
        if self.req {
            out.push_str(";req");
        }
        if let Name::QueryParam(name) = &self.name {
            out.push_str(";name=");
            written &= field::write_string(out, name);
        }
        written
    }

    /// Whether a signature over this one says what one over `required` would: they are the same, or this is the
    /// target URI, of which scheme, authority, path and query are parts.
    pub(super) fn implies(&self, required: &Self) -> bool {
        let part = matches!(required.name, Name::Scheme | Name::Authority | Name::Path | Name::Query);
        self == required || self.req == required.req && part && self.name == Name::TargetUri
    }
}

impl Name {
    /// RFC 9421 section 2.2.
    fn derived(name: &str, parameter: Option<String>) -> Result<Self, Error> {
        match (name, parameter) {
            ("@query-param", Some(parameter)) => Ok(Self::QueryParam(parameter)),
            ("@method", None) => Ok(Self::Method),
            ("@target-uri", None) => Ok(Self::TargetUri),
            ("@authority", None) => Ok(Self::Authority),
            ("@scheme", None) => Ok(Self::Scheme),
            ("@request-target", None) => Ok(Self::RequestTarget),
            ("@path", None) => Ok(Self::Path),
            ("@query", None) => Ok(Self::Query),
            ("@status", None) => Ok(Self::Status),
            // `@signature-params` among them: it is always there, and never listed.
            _ => Err(Error::Policy),
        }
    }

    const fn text(&self) -> &'static str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::QueryParam(_) => "@query-param",
            Self::Status => "@status",
            Self::Field { .. } => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Component, Error> {
        Component::read(&field::item(text.as_bytes()).unwrap())
    }

    #[test]
    fn an_identifier_is_known_whatever_the_order_of_its_parameters() {
        for (one, other) in [
            ("\"x\";key=\"a\"", "\"x\";key=\"a\";sf"),
            ("\"x\";sf;req", "\"x\";req;sf"),
            ("\"@query-param\";req;name=\"a\"", "\"@query-param\";name=\"a\";req"),
        ] {
            assert!(read(one).unwrap() == read(other).unwrap(), "{one}");
        }
        for (one, other) in
            [("x", "x;req"), ("x", "x;sf"), ("x;sf", "x;bs"), ("x", "x;tr"), ("@path", "@path;req")]
        {
            assert!(Component::parse(one).unwrap() != Component::parse(other).unwrap(), "{one}");
        }
    }

    #[test]
    fn what_is_not_known_or_contradicts_itself_is_refused() {
        for text in [
            "\"@signature-params\"",
            "\"@nonsense\"",
            "\"@query-param\"",
            "\"@path\";name=\"a\"",
            "\"@path\";sf",
            "\"@path\";tr",
            "\"@method\";key=\"a\"",
            "\"x\";name=\"a\"",
            "\"x\";bs;sf",
            "\"x\";bs;key=\"a\"",
            "\"x\";new",
        ] {
            assert!(matches!(read(text), Err(Error::Policy)), "{text}");
        }
        for text in
            ["x", "1", "\"X\"", "\"\"", "\"a b\"", "\"x\";sf=?0", "\"x\";key", "\"x\";key=a", "\"x\";req=1"]
        {
            assert!(matches!(read(text), Err(Error::Malformed)), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "@method",
            "x;key=\"a\\\"b\";tr;req",
            "x;key=\"a\\\\b\"",
            "@query-param;req;name=\"a%20b\"",
            "x;bs",
            "x;sf;req",
        ] {
            let component = Component::parse(text).unwrap();
            let mut written = String::new();
            assert!(component.write(&mut written));
            assert!(read(&written).unwrap() == component, "{text}");
        }
    }
}
