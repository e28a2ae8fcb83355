//! Operations are a table of method, path and permissions. The router is a loop over it, and so is
//! every test that must know all operations.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use futures::future::BoxFuture;

use super::answer::{Answer, problem};
use super::call::Call;
use super::docs::{Docs, Documented};
use super::guard::guard;
use super::log::{self, RequestId};
use crate::app::App;
use crate::auth::RequiredPermission;
use crate::error::Failure;
use domain::permission::{Permission, Verb};

type Handler = Arc<
    dyn Fn(Arc<App>, HashMap<String, String>, Request) -> BoxFuture<'static, Response>
        + Send
        + Sync,
>;

/// An entry of the table of operations: [`Operation`] answers requests, [`Documented`] is for the
/// document of the API. Each ignores what the other is made of.
pub trait Entry: Sized {
    /// An operation, whose permissions are those that its handler asks for.
    fn new<P, F, A>(
        method: Method,
        path: impl Into<String>,
        handler: F,
        docs: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self
    where
        P: RequiredPermission,
        F: Fn(Call<P>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Result<Answer, Failure>> + Send + 'static;

    /// A page that anybody may read, without a key.
    fn public(
        path: impl Into<String>,
        page: fn() -> Answer,
        docs: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self;

    /// The HTTP method.
    fn method(&self) -> &Method;

    /// The whole path.
    fn path(&self) -> &str;
}

/// One thing that the API does.
#[derive(Clone)]
pub struct Operation {
    /// The HTTP method.
    pub method: Method,
    /// The whole path, with `{id}` and the like where it varies.
    pub path: String,
    /// What the key must hold; nothing if any valid key will do.
    pub permissions: Vec<Permission>,
    /// Whether it takes no key.
    pub is_public: bool,
    handler: Handler,
}

impl Entry for Operation {
    fn new<P, F, A>(
        method: Method,
        path: impl Into<String>,
        handler: F,
        _: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self
    where
        P: RequiredPermission,
        F: Fn(Call<P>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        let handler: Handler =
            Arc::new(move |app, path, request| Box::pin(handle(app, path, request, handler)));
        Self {
            method,
            path: path.into(),
            permissions: P::permissions(),
            is_public: false,
            handler,
        }
    }

    fn public(
        path: impl Into<String>,
        page: fn() -> Answer,
        _: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self {
        let handler: Handler =
            Arc::new(move |_, _, _| Box::pin(async move { page().into_response() }));
        Self {
            method: Method::GET,
            path: path.into(),
            permissions: Vec::new(),
            is_public: true,
            handler,
        }
    }

    fn method(&self) -> &Method {
        &self.method
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Entry for Documented {
    fn new<P, F, A>(
        method: Method,
        path: impl Into<String>,
        _: F,
        docs: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self
    where
        P: RequiredPermission,
        F: Fn(Call<P>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        Self::of_operation(method, path.into(), P::permissions(), docs)
    }

    fn public(
        path: impl Into<String>,
        _: fn() -> Answer,
        docs: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self {
        Self::of_page(path.into(), docs)
    }

    fn method(&self) -> &Method {
        &self.method
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Operation {
    /// Whether it asks for no permission to write, and so changes nothing, whatever its method.
    pub fn only_reads(&self) -> bool {
        let permissions = self.permissions.iter();
        permissions
            .map(|permission| permission.verb)
            .all(|verb| verb == Verb::Read)
    }
}

/// The operations of every kind of record and those of one kind, which replace others with the same
/// method and path.
pub fn with_overrides<E: Entry>(
    mut operations: Vec<E>,
    own: impl IntoIterator<Item = E>,
) -> Vec<E> {
    for own in own {
        let replaces = |other: &E| (other.method(), other.path()) == (own.method(), own.path());
        match operations.iter().position(replaces) {
            Some(place) => operations[place] = own,
            None => operations.push(own),
        }
    }
    operations
}

/// Checks one request and lets the handler answer it.
async fn handle<P, F, A>(
    app: Arc<App>,
    path: HashMap<String, String>,
    request: Request,
    handler: F,
) -> Response
where
    P: RequiredPermission,
    F: Fn(Call<P>) -> A,
    A: Future<Output = Result<Answer, Failure>>,
{
    let request_id = request_id(&request);
    let (parts, body) = request.into_parts();
    let answer = match Call::check(app, path, parts, body).await {
        Ok(call) => handler(call).await,
        Err(failure) => Err(failure),
    };
    answer.map_or_else(
        |failure| problem(failure, &request_id),
        Answer::into_response,
    )
}

/// The router of some operations. A request that matches none is answered 404 or 405 before any
/// other check.
pub fn router(app: Arc<App>, operations: Vec<Operation>) -> Router {
    let mut paths: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in operations {
        paths
            .entry(operation.path.clone())
            .or_default()
            .push(operation);
    }
    let router = paths
        .into_iter()
        .fold(Router::new(), |router, (path, operations)| {
            router.route(&path, methods(&app, operations))
        });
    router
        .fallback(
            |request: Request| async move { problem(Failure::NoRoute, &request_id(&request)) },
        )
        .layer(from_fn(guard))
        .layer(from_fn(log::catch_panic))
        .layer(from_fn_with_state(app, log::log))
}

fn methods(app: &Arc<App>, operations: Vec<Operation>) -> MethodRouter {
    let mut allowed: Vec<String> = operations
        .iter()
        .map(|operation| operation.method.to_string())
        .collect();
    if allowed.contains(&"GET".to_owned()) {
        allowed.push("HEAD".to_owned());
    }
    allowed.sort();
    let refuse = move |request: Request<Body>| {
        let failure = Failure::MethodNotAllowed(allowed.clone());
        async move { problem(failure, &request_id(&request)) }
    };
    operations
        .into_iter()
        .fold(MethodRouter::new().fallback(refuse), |routes, operation| {
            let app = app.clone();
            let filter = MethodFilter::try_from(operation.method)
                .expect("an operation has a standard method");
            routes.on(
                filter,
                move |path: Result<Path<HashMap<String, String>>, PathRejection>,
                      request: Request| {
                    // A path that is not UTF-8 selects nothing, like an empty id.
                    let path = path.map_or_else(|_| HashMap::new(), |Path(path)| path);
                    (operation.handler)(app.clone(), path, request)
                },
            )
        })
}

fn request_id(request: &Request) -> String {
    request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_default()
        .0
}
