//! The route table of an HTTP API.
//!
//! A path that matches in full wins over one that ends in a greedy parameter such as `{proxy+}`,
//! which matches one segment or more. Otherwise a literal segment wins over a parameter such as
//! `{id}`. For the same path, a route for the method wins over one for any method. `$default` takes
//! what is left.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use std::collections::BTreeMap;

use axum::http::Method;
use matchit::{InsertError, Router};

/// The route for requests that match no other.
const DEFAULT: &str = "$default";
/// The method in the key of a route for any method.
const ANY: &str = "ANY";

/// A route to a target `T`.
#[derive(Clone, Debug)]
pub struct Route<T> {
    /// The HTTP method, or `None` for any.
    pub method: Option<String>,
    /// The path, as in `/pets/{id}` or `/pets/{proxy+}`, or `$default`.
    pub path: String,
    /// Where its requests go.
    pub target: T,
}

/// Why routes do not make a table.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// There is no `$default` route.
    #[error("there is no $default route")]
    NoDefault,
    /// A path is invalid, or conflicts with another for the same method.
    #[error("the route {0} is invalid")]
    Invalid(String, #[source] InsertError),
}

/// A route table.
pub struct RouteTable<T> {
    /// Each route's key and target.
    routes: Vec<(String, T)>,
    /// The paths for each method that has routes of its own, including those for any method.
    by_method: BTreeMap<String, Paths>,
    /// The paths for any method.
    any: Paths,
    default: T,
}

/// Paths, with the positions of their routes in the table.
#[derive(Default)]
struct Paths {
    full: Router<usize>,
    /// The paths that end in a greedy parameter, by their number of segments.
    greedy: BTreeMap<usize, Router<usize>>,
}

impl<T> RouteTable<T> {
    /// The table of some routes.
    ///
    /// # Errors
    /// If a path is invalid or given twice, or there is no `$default` route.
    pub fn new(routes: impl IntoIterator<Item = Route<T>>) -> Result<Self, RouteError> {
        let mut table = Vec::new();
        let mut by_method = BTreeMap::<String, Paths>::new();
        let (mut any, mut any_paths, mut default) = (Paths::default(), Vec::new(), None);
        for route in routes {
            let (path, method) = (route.path, route.method);
            if path == DEFAULT {
                default = Some(route.target);
                continue;
            }
            let key = format!("{} {path}", method.as_deref().unwrap_or(ANY));
            let paths = match method {
                Some(method) => by_method.entry(method).or_default(),
                None => {
                    any_paths.push((path.clone(), table.len()));
                    &mut any
                }
            };
            paths
                .insert(&path, table.len())
                .map_err(|error| RouteError::Invalid(key.clone(), error))?;
            table.push((key, route.target));
        }
        for paths in by_method.values_mut() {
            for (path, position) in &any_paths {
                // A conflict is with a route for this method, which wins.
                _ = paths.insert(path, *position);
            }
        }
        Ok(Self {
            routes: table,
            by_method,
            any,
            default: default.ok_or(RouteError::NoDefault)?,
        })
    }

    /// The key of the route that matches a request, and its target.
    pub fn find(&self, method: &Method, path: &str) -> (&str, &T) {
        let paths = self.by_method.get(method.as_str()).unwrap_or(&self.any);
        match paths.find(path) {
            Some(position) => {
                let (key, target) = &self.routes[position];
                (key, target)
            }
            None => (DEFAULT, &self.default),
        }
    }
}

impl Paths {
    fn insert(&mut self, path: &str, position: usize) -> Result<(), InsertError> {
        match path
            .strip_suffix("+}")
            .and_then(|path| path.rsplit_once('{'))
        {
            Some((before, name)) => {
                let segments = before.matches('/').count();
                let router = self.greedy.entry(segments).or_default();
                router.insert(format!("{before}{{*{name}}}"), position)
            }
            None => self.full.insert(path, position),
        }
    }

    fn find(&self, path: &str) -> Option<usize> {
        let longest_first = self.greedy.values().rev();
        let mut routers = std::iter::once(&self.full).chain(longest_first);
        routers.find_map(|router| router.at(path).ok().map(|found| *found.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: &[&str]) -> Result<RouteTable<()>, RouteError> {
        let route = |key: &&str| {
            let (method, path) = key.split_once(' ').unwrap_or((ANY, key));
            Route {
                method: (method != ANY).then(|| method.to_owned()),
                path: path.to_owned(),
                target: (),
            }
        };
        RouteTable::new(routes.iter().map(route))
    }

    fn found(method: Method, path: &str) -> String {
        let table = table(&[
            "$default",
            "ANY /pets/{proxy+}",
            "ANY /pets/{id}",
            "GET /pets/{name}",
            "ANY /pets",
            "ANY /pets/dogs/{proxy+}",
            "ANY /pets/dogs",
            "POST /cats",
            "GET /cats/{id}/kittens",
            "ANY /cats/{proxy+}",
        ])
        .expect("the routes make a table");
        table.find(&method, path).0.to_owned()
    }

    #[test]
    fn the_most_specific_route_wins() {
        assert_eq!(found(Method::GET, "/pets"), "ANY /pets");
        assert_eq!(found(Method::GET, "/pets/dogs"), "ANY /pets/dogs");
        assert_eq!(
            found(Method::GET, "/pets/dogs/1/name"),
            "ANY /pets/dogs/{proxy+}"
        );
        assert_eq!(found(Method::GET, "/pets/doge"), "GET /pets/{name}");
        assert_eq!(found(Method::GET, "/pets/1/name"), "ANY /pets/{proxy+}");
        assert_eq!(found(Method::GET, "/pets/dogs2/1"), "ANY /pets/{proxy+}");
    }

    #[test]
    fn a_route_for_the_method_wins_over_one_for_any() {
        assert_eq!(found(Method::GET, "/pets/1"), "GET /pets/{name}");
        assert_eq!(found(Method::PUT, "/pets/1"), "ANY /pets/{id}");
        assert_eq!(found(Method::POST, "/pets/1"), "ANY /pets/{id}");
    }

    #[test]
    fn a_less_specific_route_takes_the_methods_that_a_more_specific_one_does_not() {
        let kittens = "/cats/1/kittens";
        assert_eq!(found(Method::GET, kittens), "GET /cats/{id}/kittens");
        assert_eq!(found(Method::POST, kittens), "ANY /cats/{proxy+}");
        assert_eq!(found(Method::DELETE, kittens), "ANY /cats/{proxy+}");
        assert_eq!(found(Method::GET, "/cats/1/toys"), "ANY /cats/{proxy+}");
    }

    #[test]
    fn a_full_match_wins_over_a_greedy_one_and_a_longer_greedy_one_over_a_shorter() {
        let table = table(&[
            "$default",
            "ANY /pets/dogs/{proxy+}",
            "ANY /pets/{id}/name",
            "ANY /{proxy+}",
            "ANY /pets/{id}/toys/{proxy+}",
        ])
        .expect("the routes make a table");
        let found = |path: &str| table.find(&Method::GET, path).0.to_owned();
        assert_eq!(found("/pets/dogs/name"), "ANY /pets/{id}/name");
        assert_eq!(found("/pets/dogs/names"), "ANY /pets/dogs/{proxy+}");
        assert_eq!(found("/pets/cats/toys/1"), "ANY /pets/{id}/toys/{proxy+}");
        assert_eq!(found("/pets/cats/toys"), "ANY /{proxy+}");
        assert_eq!(found("/"), "$default");
    }

    #[test]
    fn a_greedy_parameter_matches_at_least_one_segment() {
        assert_eq!(found(Method::GET, "/cats/1"), "ANY /cats/{proxy+}");
        assert_eq!(found(Method::GET, "/cats"), "$default");
        assert_eq!(found(Method::GET, "/cats/"), "$default");
    }

    #[test]
    fn the_default_route_takes_what_matches_no_other() {
        assert_eq!(found(Method::GET, "/"), "$default");
        assert_eq!(found(Method::GET, "/petstore"), "$default");
        assert_eq!(found(Method::GET, "/cats"), "$default");
        assert_eq!(found(Method::POST, "/cats"), "POST /cats");
    }

    #[test]
    fn routes_without_a_default_are_refused() {
        assert!(matches!(table(&["ANY /pets"]), Err(RouteError::NoDefault)));
    }

    #[test]
    fn a_route_that_is_given_twice_is_refused() {
        for twice in ["ANY /pets/{id}", "GET /pets", "ANY /pets/{proxy+}"] {
            let error = table(&["$default", twice, twice]).err();
            assert!(matches!(error, Some(RouteError::Invalid(key, _)) if key == twice));
        }
    }
}
