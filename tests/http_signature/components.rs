// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values of components, by the examples of RFC 9421 section 2; seen through the signature base.

use chancery::{
    Error,
    hazmat::{http_signature_base, http_signature_base_of_response},
};
use http::{HeaderMap, HeaderValue, Request, Response, Version, request};

/// A request with headers, and a `Signature-Input` over `components`.
fn request(line: &str, headers: &[(&str, &str)], components: &str) -> request::Parts {
    let (method, uri) = line.split_once(' ').unwrap();
    let request = Request::builder().method(method).uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.header("signature-input", format!("s=({components})")).body(()).unwrap().into_parts().0
}

/// The lines of the base but the last one.
fn lines(line: &str, headers: &[(&str, &str)], components: &str) -> Result<Vec<String>, Error> {
    let base = http_signature_base(&request(line, headers, components), None, "s")?;
    let mut lines: Vec<_> = base.split('\n').map(String::from).collect();
    assert_eq!(lines.pop().unwrap(), format!("\"@signature-params\": ({components})"));
    Ok(lines)
}

/// The value of the one component.
fn value(line: &str, headers: &[(&str, &str)], component: &str) -> Result<String, Error> {
    let lines = lines(line, headers, component)?;
    let [line] = &lines[..] else { panic!("{lines:?}") };
    Ok(line.strip_prefix(component).unwrap().strip_prefix(": ").unwrap().to_owned())
}

#[test]
fn derived_components_are_those_of_the_target() {
    let host = [("host", "www.example.com")];
    for (line, component, expected) in [
        ("POST /path?param=value", "\"@method\"", "POST"),
        ("POST /path?param=value", "\"@target-uri\"", "https://www.example.com/path?param=value"),
        ("POST /path?param=value", "\"@authority\"", "www.example.com"),
        ("POST /path?param=value", "\"@scheme\"", "https"),
        ("POST /path?param=value", "\"@request-target\"", "/path?param=value"),
        ("POST /path?param=value", "\"@path\"", "/path"),
        ("POST /path?param=value&foo=bar&baz=bat%2Dman", "\"@query\"", "?param=value&foo=bar&baz=bat%2Dman"),
        ("POST /path?queryString", "\"@query\"", "?queryString"),
        ("POST /path", "\"@query\"", "?"),
        ("POST /path?", "\"@query\"", "?"),
        ("POST /path?", "\"@target-uri\"", "https://www.example.com/path?"),
        ("GET http://www.example.com", "\"@path\"", "/"),
        ("GET http://www.example.com", "\"@target-uri\"", "http://www.example.com/"),
        ("GET http://www.example.com/a?b", "\"@request-target\"", "/a?b"),
        ("GET http://WWW.example.com:80/a", "\"@scheme\"", "http"),
        ("OPTIONS *", "\"@request-target\"", "*"),
        ("OPTIONS *", "\"@path\"", "/"),
        ("CONNECT www.example.com:80", "\"@request-target\"", "www.example.com:80"),
        ("GET /p?param=value&foo=bar&baz=batman&qux=", "\"@query-param\";name=\"baz\"", "batman"),
        ("GET /p?param=value&foo=bar&baz=batman&qux=", "\"@query-param\";name=\"qux\"", ""),
        ("GET /p?bar=with+plus+whitespace", "\"@query-param\";name=\"bar\"", "with%20plus%20whitespace"),
    ] {
        let headers = if line.contains("www.") || line.contains("WWW.") { &[][..] } else { &host };
        assert_eq!(value(line, headers, component).as_deref(), Ok(expected), "{line} {component}");
    }
    assert_eq!(value("GET /", &[], "\"@authority\""), Err(Error::Header));
    assert_eq!(value("GET ftp://a.example/", &[], "\"@scheme\""), Err(Error::Malformed));
}

const FIELDS: [(&str, &str); 8] = [
    ("x-ows", "  Leading and trailing whitespace. \t"),
    ("cache-control", "max-age=60"),
    ("cache-control", "   must-revalidate"),
    ("example-dict", " a=1,    b=2;x=1;y=2,   c=(a   b    c), d"),
    ("x-empty", ""),
    ("example-header", "value, with, lots"),
    ("example-header", "of, commas"),
    ("x-tab", "a\tb"),
];

#[test]
fn fields_are_trimmed_joined_and_written_as_the_identifier_says() {
    for (component, expected) in [
        ("\"x-ows\"", "Leading and trailing whitespace."),
        ("\"cache-control\"", "max-age=60, must-revalidate"),
        ("\"example-dict\"", "a=1,    b=2;x=1;y=2,   c=(a   b    c), d"),
        ("\"example-dict\";sf", "a=1, b=2;x=1;y=2, c=(a b c), d"),
        ("\"example-dict\";key=\"a\"", "1"),
        ("\"example-dict\";key=\"b\"", "2;x=1;y=2"),
        ("\"example-dict\";key=\"c\"", "(a b c)"),
        ("\"example-dict\";key=\"d\"", "?1"),
        ("\"example-dict\";key=\"a\";sf", "1"),
        ("\"x-empty\"", ""),
        ("\"example-header\"", "value, with, lots, of, commas"),
        ("\"example-header\";bs", ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"),
        ("\"x-tab\"", "a\tb"),
    ] {
        assert_eq!(value("GET /", &FIELDS, component).as_deref(), Ok(expected), "{component}");
    }
    for (component, expected) in [
        ("\"x-missing\"", Error::Header),
        ("\"example-dict\";key=\"e\"", Error::Header),
        ("\"x-ows\";sf", Error::Malformed),
        ("\"x-ows\";key=\"a\"", Error::Malformed),
        ("\"expires\";tr", Error::Policy),
        ("\"x-ows\";req", Error::Policy),
        ("\"@path\";req", Error::Policy),
        ("\"@status\"", Error::Policy),
        ("\"x-ows\" \"x-ows\"", Error::Policy),
        ("\"example-dict\";key=\"a\" \"example-dict\";key=\"a\";sf", Error::Policy),
    ] {
        assert_eq!(value("GET /", &FIELDS, component), Err(expected), "{component}");
    }
}

#[test]
fn a_structured_field_has_one_text_whatever_its_type() {
    for (field, expected) in [
        ("a=1,  b", Some("a=1, b")),
        ("a,  b;x", Some("a, b;x")),
        ("(a  b),c", Some("(a b), c")),
        ("1.0", Some("1.0")),
        ("a,b,  a", Some("a, b, a")),
        ("", Some("")),
        ("a=1, a=2", None),
        ("not: structured", None),
    ] {
        let got = value("GET /", &[("x-unknown", field)], "\"x-unknown\";sf");
        assert_eq!(got.as_deref().ok(), expected, "{field}");
    }
}

#[test]
fn trailers_are_trailers_and_headers_are_headers() {
    let mut trailers = HeaderMap::new();
    trailers.insert("expires", HeaderValue::from_static("Wed, 9 Nov 2022 07:28:00 GMT"));
    let (response, ()) = Response::builder()
        .header("trailer", "Expires")
        .header("signature-input", "s=(\"@status\" \"trailer\" \"expires\";tr)")
        .body(())
        .unwrap()
        .into_parts();
    let base = http_signature_base_of_response(&response, None, Some(&trailers), "s").unwrap();
    assert!(base.starts_with(
        "\"@status\": 200\n\"trailer\": Expires\n\"expires\";tr: Wed, 9 Nov 2022 07:28:00 GMT\n"
    ));
    assert_eq!(http_signature_base_of_response(&response, None, None, "s"), Err(Error::Policy));
    assert_eq!(
        http_signature_base_of_response(&response, None, Some(&HeaderMap::new()), "s"),
        Err(Error::Header)
    );
    // A header of that name is another thing.
    let head = request("GET /", &[("expires", "0")], "\"expires\";tr");
    assert_eq!(http_signature_base(&head, Some(&HeaderMap::new()), "s"), Err(Error::Header));
}

/// RFC 9421 section 2.4.
#[test]
fn a_response_takes_from_its_request_what_says_req() {
    let request = request(
        "POST /foo?param=Value&Pet=dog",
        &[("host", "example.com"), ("signature", "sig1=:AQID:"), ("x", "of the request")],
        "",
    );
    let input = "s=(\"@status\" \"x\" \"x\";req \"signature\";req;key=\"sig1\" \"@authority\";req \"@method\";req \
                 \"@query-param\";name=\"Pet\";req);created=1618884479";
    let (response, ()) = Response::builder()
        .status(503)
        .header("x", "of the response")
        .header("signature-input", input)
        .body(())
        .unwrap()
        .into_parts();
    let base = http_signature_base_of_response(&response, Some(&request), None, "s").unwrap();
    assert_eq!(
        base,
        format!(
            "\"@status\": 503\n\"x\": of the response\n\"x\";req: of the request\n\"signature\";req;key=\"sig1\": \
             :AQID:\n\"@authority\";req: example.com\n\"@method\";req: POST\n\"@query-param\";name=\"Pet\";req: \
             dog\n\"@signature-params\": {}",
            input.strip_prefix("s=").unwrap()
        )
    );
    assert_eq!(http_signature_base_of_response(&response, None, None, "s"), Err(Error::Policy));
    for component in
        ["\"@path\"", "\"@method\"", "\"@status\";req", "\"@query-param\";name=\"Pet\"", "\"x\";req;tr"]
    {
        let mut response = response.clone();
        let input = HeaderValue::from_str(&format!("s=({component})")).unwrap();
        response.headers.insert("signature-input", input);
        let base = http_signature_base_of_response(&response, Some(&request), Some(&HeaderMap::new()), "s");
        assert_eq!(base, Err(Error::Policy), "{component}");
    }
}

#[test]
fn a_version_of_http_makes_no_difference() {
    let mut one = request("GET /a?b", &[("host", "example.com:443")], "\"@target-uri\" \"@request-target\"");
    let mut two = request("GET https://example.com/a?b", &[], "\"@target-uri\" \"@request-target\"");
    (one.version, two.version) = (Version::HTTP_11, Version::HTTP_2);
    assert_eq!(http_signature_base(&one, None, "s"), http_signature_base(&two, None, "s"));
}
