//! The reference page of the local product, which holds a key.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::ports::{exchange, serve};

/// The header lines that each file of the page has, so that no page of others can read or embed it
/// and it can load nothing from elsewhere.
const HEADERS: [&str; 9] = [
    "content-security-policy: default-src 'none'; ",
    "; script-src 'self'; connect-src 'self'; ",
    "; frame-ancestors 'none'\r\n",
    "\r\nx-frame-options: DENY\r\n",
    "\r\nx-content-type-options: nosniff\r\n",
    "\r\nreferrer-policy: no-referrer\r\n",
    "\r\ncache-control: no-store\r\n",
    "\r\ncross-origin-opener-policy: same-origin\r\n",
    "\r\ncross-origin-resource-policy: same-origin\r\n",
];

fn request(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n")
}

/// The files that a page names: each value of `src` and `href`.
fn files(page: &str) -> Vec<&str> {
    let values = ["src=\"", "href=\""].into_iter();
    let values = values.flat_map(|attribute| page.split(attribute).skip(1));
    values.filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn the_page_and_its_scripts_come_from_the_program() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    let get = |path: &str| request("GET", path, "host: localhost\r\n");
    let (status, page) = exchange(&served.address, &get("/docs")).await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(page.matches(&api.key).count(), 1, "{page}");
    assert!(!page.contains("://"), "{page}");
    let files = files(&page);
    let scripts: Vec<&str> = files
        .into_iter()
        .filter(|file| file.ends_with(".js"))
        .collect();
    assert_eq!(scripts, ["/docs/page.js", "/docs/scalar.js"]);
    for path in ["/docs", scripts[0], scripts[1]] {
        let (status, answer) = exchange(&served.address, &get(path)).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = format!("{head}\r\n");
        assert_eq!(status, 200, "{head}");
        for header in HEADERS {
            assert!(head.contains(header), "{path}, {header}: {head}");
        }
        let media_type = match path {
            "/docs" => "text/html; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        };
        assert!(
            head.contains(&format!("content-type: {media_type}\r\n")),
            "{head}"
        );
        assert!(!head.contains("access-control"), "{head}");
        assert!(body.len() > 500, "{path}: {body}");
        let asked = request("HEAD", path, "host: localhost\r\n");
        let (status, answer) = exchange(&served.address, &asked).await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn other_methods_and_paths_reach_the_api() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    for (method, path) in [
        ("POST", "/docs"),
        ("OPTIONS", "/docs"),
        ("GET", "/docs/"),
        ("GET", "/docs/absent.js"),
        ("GET", "/docs/../docs"),
        ("GET", "/%64ocs"),
    ] {
        let asked = request(method, path, "host: localhost\r\n");
        let (status, answer) = exchange(&served.address, &asked).await;
        assert!([404, 405].contains(&status), "{method} {path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("apigw-requestid: "), "{answer}");
    }
}

#[tokio::test]
async fn the_page_of_another_host_or_origin_does_not_get_the_key() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    let address = &served.address;
    for (headers, expected) in [
        ("host: evil.example\r\n".to_owned(), 421),
        (
            "host: evil.example\r\norigin: http://evil.example\r\n".to_owned(),
            421,
        ),
        (
            format!("host: {address}\r\norigin: http://evil.example\r\n"),
            403,
        ),
        (
            format!("host: {address}\r\norigin: https://{address}\r\n"),
            403,
        ),
        (format!("host: {address}\r\norigin: null\r\n"), 403),
        (
            format!("host: {address}\r\norigin: http://localhost:1\r\n"),
            403,
        ),
    ] {
        for path in ["/docs", "/docs/page.js"] {
            let (status, answer) = exchange(address, &request("GET", path, &headers)).await;
            assert_eq!(status, expected, "{headers:?}: {answer}");
            assert!(!answer.contains(&api.key), "{headers:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn only_the_own_page_creates_records() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    let address = &served.address;
    let port = address.rsplit(':').next().unwrap();
    let own = format!("origin: http://{address}\r\n");
    let mut created = 0;
    for (headers, expected) in [
        (format!("host: {address}\r\n{own}"), 201),
        (
            format!("host: {address}\r\n{own}sec-fetch-site: same-origin\r\n"),
            201,
        ),
        (
            format!("host: localhost:{port}\r\norigin: http://localhost:{port}\r\n"),
            201,
        ),
        (
            format!("host: {address}\r\n{own}sec-fetch-site: cross-site\r\n"),
            403,
        ),
        (format!("host: {address}\r\n{own}{own}"), 403),
        (format!("host: localhost:{port}\r\n{own}"), 403),
        (
            format!("host: {address}\r\norigin: https://{address}\r\n"),
            403,
        ),
        (
            format!("host: {address}\r\norigin: http://127.0.0.1:1\r\n"),
            403,
        ),
        (format!("host: {address}\r\norigin: null\r\n"), 403),
        (
            format!("host: {address}\r\norigin: http://evil.example\r\n"),
            403,
        ),
        (own.clone(), 403),
        (
            format!("host: evil.example:{port}\r\norigin: http://evil.example:{port}\r\n"),
            421,
        ),
    ] {
        let body = json!({"name": "Ada"}).to_string();
        let sent = format!(
            "POST /api/v1/payees HTTP/1.1\r\n{headers}authorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            api.key,
            body.len()
        );
        let (status, answer) = exchange(address, &sent).await;
        assert_eq!(status, expected, "{headers:?}: {answer}");
        created += u64::from(status == 201);
    }
    let payees: Value = api.get("/api/v1/payees").await.body;
    assert_eq!(payees["meta"]["total"], json!(created));
    assert_eq!(created, 3);
}
