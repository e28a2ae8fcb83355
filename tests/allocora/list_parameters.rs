//! The parameters of lists, and the cursors of their pages.

use crate::harness::Api;
use crate::lists::add_payees;
use serde_json::{Value, json};
use shared::lists::CursorSigner;

const PAYEES: &str = "/api/v1/payees";

#[tokio::test]
async fn bad_parameters_are_all_named() {
    let api = Api::start().await;
    let id = api.payee().await;
    let cases = [
        ("page=0", vec![("page", "out_of_range")]),
        ("page=-1", vec![("page", "invalid_format")]),
        ("page=1.5", vec![("page", "invalid_format")]),
        ("page=", vec![("page", "invalid_format")]),
        ("per_page=101", vec![("per_page", "out_of_range")]),
        ("per_page=0", vec![("per_page", "out_of_range")]),
        ("search=%ff", vec![("query", "invalid_format")]),
        ("per_page=9&per_page=8", vec![("per_page", "duplicate")]),
        ("cursor=x", vec![("cursor", "invalid_value")]),
        ("status=gone", vec![("status", "invalid_value")]),
        ("external_id=", vec![("external_id", "too_short")]),
        (
            "sort=name&page=x",
            vec![("page", "invalid_format"), ("sort", "unknown_field")],
        ),
    ];
    for (query, expected) in cases {
        let problem = api
            .get(&format!("{PAYEES}?{query}"))
            .await
            .problem(400, "malformed_query");
        let errors = problem["errors"].as_array().unwrap().iter();
        let errors: Vec<_> = errors
            .map(|error| {
                (
                    error["parameter"].as_str().unwrap(),
                    error["code"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(errors, expected, "{query}");
    }
    api.get(&format!("{PAYEES}/{id}?expand=all"))
        .await
        .problem(400, "malformed_query");
    api.post(&format!("{PAYEES}?dry_run=1"), json!({"name": "x"}))
        .await
        .problem(400, "malformed_query");
}

#[tokio::test]
async fn a_parameter_that_is_no_word_is_quoted() {
    let api = Api::start().await;
    for (query, parameter, quoted) in [
        ("=", "", r#""""#),
        ("=1", "", r#""""#),
        ("a%20b=1", "a b", r#""a b""#),
        ("%e2%80%aepage=1", "\u{202e}page", r#""\u202epage""#),
        ("sort=1", "sort", "sort"),
    ] {
        for path in [PAYEES, "/api/v1/revenue-sources"] {
            let problem = api.get(&format!("{path}?{query}")).await;
            let problem = problem.problem(400, "malformed_query");
            assert_eq!(problem["errors"][0]["parameter"], json!(parameter));
            let detail = problem["detail"].as_str().unwrap();
            let named = format!("{quoted}: is not a known parameter");
            assert!(detail.starts_with(&named), "{query}: {detail}");
        }
    }
}

#[tokio::test]
async fn at_most_a_hundred_problems_of_a_query_are_listed() {
    let api = Api::start().await;
    let unknown: String = (0..150).map(|index| format!("&p{index}=")).collect();
    for query in [unknown, "&page=1".repeat(150), "&p=".repeat(150)] {
        let problem = api.get(&format!("/api/v1/payees?per_page=1{query}")).await;
        let problem = problem.problem(400, "malformed_query");
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(100));
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_its_filters_and_its_workspace() {
    let api = Api::start().await;
    add_payees(&api, 5).await;
    let listed = api
        .get(&format!("{PAYEES}?per_page=2&status=active"))
        .await
        .expect(200);
    let cursor = listed["meta"]["next_cursor"].as_str().unwrap();
    let with = |path: &str, query: &str, cursor: &str| format!("{path}?{query}&cursor={cursor}");
    api.get(&with(PAYEES, "status=active", cursor))
        .await
        .expect(200);
    api.get(&with(PAYEES, "per_page=1&status=active", cursor))
        .await
        .expect(200);
    let tampered = format!(
        "{}{}",
        if cursor.starts_with('A') { 'B' } else { 'A' },
        &cursor[1..]
    );
    let requests = [
        with(PAYEES, "status=pending", cursor),
        with(PAYEES, "per_page=2", cursor),
        with(PAYEES, "status=active&page=1", cursor),
        with("/api/v1/rules", "status=active", cursor),
        with(PAYEES, "status=active", &tampered),
        with(PAYEES, "status=active", &cursor[..cursor.len() - 4]),
        with(PAYEES, "status=active&external_id=x", cursor),
    ];
    for path in requests {
        api.get(&path).await.problem(400, "malformed_query");
    }
    let foreign = api.foreign_key().await;
    let path = with(PAYEES, "status=active", cursor);
    api.call_as(&foreign, http::Method::GET, &path, &Value::Null)
        .await
        .problem(400, "malformed_query");
}

/// Otherwise a cursor of one search would pass for that of another.
#[test]
fn a_cursor_is_signed_with_its_parts_kept_apart() {
    let filters = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    };
    let signer = CursorSigner::new("secret", "payees");
    let cursor = signer.sign("1", &filters(&[("a", "bc"), ("d", "e")]));
    for other in [
        &[("ab", "c"), ("d", "e")][..],
        &[("a", "bcd"), ("", "e")],
        &[("a", "bcde")],
        &[("d", "e"), ("a", "bc")],
    ] {
        assert!(
            signer.verify(&cursor, &filters(other)).is_err(),
            "{other:?}"
        );
    }
}
