//! The routing table: which function answers a request.

use admin::template::Route;
use axum::http::Method;

use crate::error::StartError;

/// The route that takes what no other does.
const DEFAULT: &str = "$default";

/// The functions `F` by route.
pub(super) struct Routes<F> {
    /// The most specific first.
    routes: Vec<Entry<F>>,
    default: F,
}

struct Entry<F> {
    path: Vec<Segment>,
    /// `None` stands for any.
    method: Option<String>,
    key: String,
    function: F,
}

/// A part of a path, from the most specific kind to the least.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    /// Exactly this text.
    Literal(String),
    /// One part, as in `{id}`.
    Parameter,
    /// All that follows, as in `{proxy+}`.
    Rest,
}

impl<F> Routes<F> {
    /// The table of the template's routes.
    ///
    /// # Errors
    /// If a route names a function that there is not, or there is no `$default` route.
    pub(super) fn new(
        routes: &[Route],
        function: impl Fn(&str) -> Option<F>,
    ) -> Result<Self, StartError> {
        let mut entries = Vec::new();
        let mut default = None;
        for route in routes {
            let function = function(&route.function).ok_or_else(|| StartError::NoSuchFunction {
                route: route.path.clone(),
                function: route.function.clone(),
            })?;
            if route.path == DEFAULT {
                default = Some(function);
                continue;
            }
            let path = segments(&route.path).map(Segment::parse).collect();
            let key = format!(
                "{} {}",
                route.method.as_deref().unwrap_or("ANY"),
                route.path
            );
            entries.push(Entry {
                path,
                method: route.method.clone(),
                key,
                function,
            });
        }
        entries.sort_by(|a, b| {
            a.path
                .cmp(&b.path)
                .then(a.method.is_none().cmp(&b.method.is_none()))
        });
        Ok(Self {
            routes: entries,
            default: default.ok_or(StartError::NoDefaultRoute)?,
        })
    }

    /// The key of the route that takes a request, and its function.
    pub(super) fn find(&self, method: &Method, path: &str) -> (&str, &F) {
        let takes = |entry: &&Entry<F>| {
            entry
                .method
                .as_deref()
                .is_none_or(|taken| taken == method.as_str())
                && fits(&entry.path, path)
        };
        match self.routes.iter().find(takes) {
            Some(entry) => (&entry.key, &entry.function),
            None => (DEFAULT, &self.default),
        }
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        {
            Some(name) if name.ends_with('+') => Self::Rest,
            Some(_) => Self::Parameter,
            None => Self::Literal(text.to_owned()),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_start_matches('/').split('/')
}

fn fits(route: &[Segment], path: &str) -> bool {
    let mut parts = segments(path);
    for segment in route {
        let Some(part) = parts.next() else {
            return false;
        };
        match segment {
            Segment::Literal(text) if text == part => {}
            Segment::Literal(_) => return false,
            Segment::Parameter => {}
            Segment::Rest => return true,
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: Method, path: &str) -> String {
        let route = |method: Option<&str>, path: &str| Route {
            method: method.map(str::to_owned),
            path: path.to_owned(),
            function: path.to_owned(),
        };
        let routes = [
            route(None, "$default"),
            route(None, "/pets/{proxy+}"),
            route(None, "/pets/{id}"),
            route(Some("GET"), "/pets/{id}"),
            route(None, "/pets"),
            route(None, "/pets/dogs/{proxy+}"),
            route(None, "/pets/dogs"),
            route(Some("POST"), "/cats"),
        ];
        let routes =
            Routes::new(&routes, |name| Some(name.to_owned())).expect("there is a default route");
        routes.find(&method, path).0.to_owned()
    }

    #[test]
    fn the_most_specific_route_is_found() {
        assert_eq!(found(Method::GET, "/pets"), "ANY /pets");
        assert_eq!(found(Method::GET, "/pets/dogs"), "ANY /pets/dogs");
        assert_eq!(
            found(Method::GET, "/pets/dogs/1/name"),
            "ANY /pets/dogs/{proxy+}"
        );
        assert_eq!(found(Method::GET, "/pets/1"), "GET /pets/{id}");
        assert_eq!(found(Method::PUT, "/pets/1"), "ANY /pets/{id}");
        assert_eq!(found(Method::GET, "/pets/1/name"), "ANY /pets/{proxy+}");
    }

    #[test]
    fn what_fits_no_route_goes_to_the_default() {
        assert_eq!(found(Method::GET, "/"), "$default");
        assert_eq!(found(Method::GET, "/petstore"), "$default");
        assert_eq!(found(Method::GET, "/cats"), "$default");
        assert_eq!(found(Method::POST, "/cats"), "POST /cats");
    }

    #[test]
    fn a_route_to_an_unknown_function_is_refused() {
        let route = Route {
            method: None,
            path: "/pets".to_owned(),
            function: "pets".to_owned(),
        };
        assert!(Routes::<()>::new(&[route], |_| None).is_err());
    }
}
