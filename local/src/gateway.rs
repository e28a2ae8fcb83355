//! A local API gateway: what stands between HTTP and the functions in the cloud, an API Gateway
//! HTTP API.
//!
//! Each request becomes an event of payload format 2.0 and each result a response, so that the
//! functions run through the same code as in the cloud. The routes come from the template, so that
//! the two cannot drift.

mod body;
mod event;
mod function;
mod refusal;
mod routes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use admin::template::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use domain::problem::{Code, Violation};
use shared::app::App;
use shared::error::Failure;
use tokio::time::Instant;

pub use body::BODY_BYTES_MAX;

use crate::error::StartError;
use crate::runtime::{Environment, Program};
use crate::stream::Stream;
use function::Function;
use routes::Routes;

/// The most bytes of a path and of a query: what API Gateway takes of a request line and all
/// headers together.
const URI_BYTES_MAX: usize = 10 * 1024;

/// What may be told from counters.
const COUNTED: [&str; 2] = ["/api/v1/revenues", "/api/v1/products"];

const APIGW_REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The gateway with its functions.
pub struct Gateway {
    app: Arc<App>,
    routes: Routes<Function>,
    function_timeout: Duration,
    stream: Option<Arc<Stream>>,
}

impl Gateway {
    /// The functions in this process, over `app`, behind the routes of the template.
    ///
    /// # Errors
    /// If a route names a function that there is not, or there is no `$default` route.
    pub fn new(app: Arc<App>, template: &Template) -> Result<Self, StartError> {
        let router = |operations| Function::Router(shared::http::router(app.clone(), operations));
        let functions = registry::functions().into_iter();
        let functions = functions
            .map(|function| (function.name.to_owned(), router(function.operations)))
            .collect();
        Self::with(app, template, functions)
    }

    /// The functions as programs of their own, behind the routes of the template. Of `app`, the
    /// gateway uses the clock and the ids.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_programs(
        app: Arc<App>,
        template: &Template,
        programs: Vec<Program>,
    ) -> Result<Self, StartError> {
        let function = |program: Program| {
            let name = program.function.clone();
            (name, Function::Program(Arc::new(Environment::new(program))))
        };
        Self::with(app, template, programs.into_iter().map(function).collect())
    }

    fn with(
        app: Arc<App>,
        template: &Template,
        functions: BTreeMap<String, Function>,
    ) -> Result<Self, StartError> {
        let routes = Routes::new(template.routes(), |name| functions.get(name).cloned())?;
        Ok(Self {
            app,
            routes,
            function_timeout: template.function_timeout(),
            stream: None,
        })
    }

    /// The gateway before a table whose stream is counted: what reads revenues or products waits
    /// until what was written is counted.
    pub fn counted(self, stream: Arc<Stream>) -> Self {
        Self {
            stream: Some(stream),
            ..self
        }
    }

    /// Answers a request. Whatever happens to its function, there is an answer.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let start = Instant::now();
        let request_id = self.app.new_id().to_string();
        let (parts, body) = request.into_parts();
        let mut response = match self.invoke(&parts, body, &request_id).await {
            Ok(response) => response,
            Err(failure) => refusal::refuse(failure, &parts, &request_id, start),
        };
        if parts.method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(APIGW_REQUEST_ID, request_id);
        }
        response
    }

    async fn invoke(
        &self,
        parts: &Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Response<Body>, Failure> {
        let body = body::read(body).await?;
        check(&parts.uri)?;
        let (route, function) = self.routes.find(&parts.method, &event::path(&parts.uri));
        let event = event::event(parts, &body, route, request_id, self.app.now().instant());
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let reads_counters = reads
            && COUNTED
                .iter()
                .any(|path| parts.uri.path().starts_with(path));
        if let Some(stream) = self.stream.as_ref().filter(|_| reads_counters) {
            stream.settled().await;
        }
        // The gateway in the cloud waits a second more.
        let answer = function.answer(event, self.function_timeout).await;
        if let Some(stream) = self.stream.as_ref().filter(|_| !reads) {
            stream.written();
        }
        event::response(answer?).map_err(Failure::Internal)
    }
}

/// Refuses what API Gateway would not take: no route is so long, and no parameter.
fn check(uri: &Uri) -> Result<(), Failure> {
    if uri.path().len() > URI_BYTES_MAX {
        return Err(Failure::NoRoute);
    }
    if uri.query().is_some_and(|query| query.len() > URI_BYTES_MAX) {
        let reason = Violation::new(
            Code::TooLong,
            format!("must be at most {URI_BYTES_MAX} bytes in all"),
        );
        return Err(Failure::MalformedQuery(vec![("query".to_owned(), reason)]));
    }
    Ok(())
}
