//! The template against the code: what is deployed is what the code needs, and no more.

use admin::template::Template;

use crate::access::path;

#[test]
fn every_operation_has_a_route_to_its_function() {
    let routes = Template::included().routes();
    for (function, operations) in local::functions() {
        for operation in operations {
            let asked = path(&operation);
            let fits = |route: &str| match route.strip_suffix("/{proxy+}") {
                Some(prefix) => asked.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')),
                None => asked == route,
            };
            let found: Vec<_> = routes.iter().filter(|route| fits(&route.path)).collect();
            assert_eq!(found.len(), 1, "{} {asked}", operation.method);
            assert_eq!(found[0].function, function, "{} {asked}", operation.method);
            assert_eq!(found[0].method, None, "another method is answered by the function too");
        }
    }
    let default: Vec<_> = routes.iter().filter(|route| route.path == "$default").collect();
    assert_eq!(default.len(), 1);
}

#[test]
fn every_permission_can_be_given() {
    let known = Template::included().permissions();
    let asked = crate::access::operations().into_iter().filter_map(|operation| operation.permission);
    let asked: std::collections::BTreeSet<String> = asked.map(|permission| permission.to_string()).collect();
    assert_eq!(known.into_iter().collect::<std::collections::BTreeSet<_>>(), asked);
}
