//! The routes of the template, and the permissions of keys, against the code.

use std::collections::BTreeSet;

use admin::template::Template;

use crate::access::path;
use crate::fixture::all_kinds;
use crate::harness::Api;
use crate::house::root;

#[test]
fn every_operation_has_a_route_to_its_function() {
    let routes = Template::included().routes();
    for function in registry::functions() {
        // Pages are answered by the function that answers everything else.
        let operations = function.operations.into_iter();
        for operation in operations.filter(|operation| !operation.is_public) {
            let requested = path(&operation);
            let fits = |route: &str| match route.strip_suffix("/{proxy+}") {
                Some(prefix) => requested
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.starts_with('/')),
                None => requested == route,
            };
            let found: Vec<_> = routes.iter().filter(|route| fits(&route.path)).collect();
            assert_eq!(found.len(), 1, "{} {requested}", operation.method);
            assert_eq!(
                found[0].function, function.name,
                "{} {requested}",
                operation.method
            );
            assert_eq!(
                found[0].method, None,
                "{} {}: another method is answered by the function too",
                operation.method, operation.path
            );
        }
    }
    let default: Vec<_> = routes
        .iter()
        .filter(|route| route.path == "$default")
        .collect();
    assert_eq!(default.len(), 1);
}

#[test]
fn cargo_lambda_watches_the_same_routes() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for route in Template::included()
        .routes()
        .iter()
        .filter(|route| route.path != "$default")
    {
        let line = format!(
            "\"{}\" = \"{}\"\n",
            route.path.replace("{proxy+}", "{*rest}"),
            route.function
        );
        assert!(manifest.contains(&line), "Cargo.toml has {line}");
    }
}

#[tokio::test]
async fn every_permission_can_be_granted() {
    let api = Api::start().await;
    let kinds = all_kinds(&api).await;
    let permissions = kinds
        .iter()
        .flat_map(|kind| [format!("read:{kind}"), format!("write:{kind}")]);
    // Payouts are computed, and not written.
    let permissions = permissions.chain(["read:payouts".to_owned()]);
    let granted: BTreeSet<String> = registry::permissions().into_iter().collect();
    assert_eq!(granted, permissions.collect());
}
