//! The routes of the template, and the permissions of keys, against the code.

use admin::template::Template;

use crate::access::path;
use crate::house::root;

#[test]
fn every_operation_has_a_route_to_its_function() {
    let routes = Template::included().routes();
    for function in registry::functions() {
        for operation in function.operations {
            let asked = path(&operation);
            let fits = |route: &str| match route.strip_suffix("/{proxy+}") {
                Some(prefix) => asked
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.starts_with('/')),
                None => asked == route,
            };
            let found: Vec<_> = routes.iter().filter(|route| fits(&route.path)).collect();
            assert_eq!(found.len(), 1, "{} {asked}", operation.method);
            assert_eq!(
                found[0].function, function.name,
                "{} {asked}",
                operation.method
            );
            assert_eq!(
                found[0].method, None,
                "another method is answered by the function too"
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

#[test]
fn every_permission_can_be_granted() {
    let kinds = ["payees", "products", "revenues", "rules"];
    let expected = kinds.map(|kind| [format!("read:{kind}"), format!("write:{kind}")]);
    assert_eq!(registry::permissions(), expected.concat());
}
