//! A local API gateway in front of the functions, in place of the HTTP API in the cloud.
//!
//! It converts each request to an event and each result to a response, so that the functions run
//! through the same code as in the cloud. Its routes are those of the template, so that the two
//! cannot differ.

mod function;
mod refusal;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use admin::template::{self, Template};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response};
use shared::app::App;
use shared::error::Failure;
use shared::http::Operation;
use tokio::time::Instant;

use crate::emulator::http_api::{self, Route, RouteTable};
use crate::emulator::port::Refused;
use crate::emulator::runtime::{Environment, Program};
use crate::error::StartError;
use crate::stream::Stream;
use function::Function;

/// The paths of reads that return counted totals.
const COUNTED: [&str; 2] = ["/api/v1/revenues", "/api/v1/products"];

/// The methods that never change anything. Of the others, some operations only compute.
const READS: [Method; 2] = [Method::GET, Method::HEAD];

const APIGW_REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The gateway with its functions.
pub struct Gateway {
    app: Arc<App>,
    routes: RouteTable<Function>,
    function_timeout: Duration,
    stream: Option<Arc<Stream>>,
}

impl Gateway {
    /// A gateway with the routes of the template, in front of the functions in this process.
    ///
    /// # Errors
    /// If a route names an unknown function, or the routes do not make a route table.
    pub fn new(app: Arc<App>, template: &Template) -> Result<Self, StartError> {
        Self::of_operations(app, template, |_| true)
    }

    /// The same for a table that must stay as it is: there are no operations but those that read.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn read_only(app: Arc<App>, template: &Template) -> Result<Self, StartError> {
        Self::of_operations(app, template, Operation::only_reads)
    }

    fn of_operations(
        app: Arc<App>,
        template: &Template,
        is_wanted: impl Fn(&Operation) -> bool,
    ) -> Result<Self, StartError> {
        let functions = registry::functions().into_iter();
        let functions = functions
            .map(|mut function| {
                function.operations.retain(&is_wanted);
                let router = shared::http::router(app.clone(), function.operations);
                (function.name.to_owned(), Function::Router(router))
            })
            .collect();
        Self::with(app, template, functions)
    }

    /// A gateway with the routes of the template, in front of functions that are programs. It uses
    /// only the clock and the ids of `app`.
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
        let routes = template.routes().iter();
        let routes: Result<Vec<_>, _> = routes.map(|one| route(one, &functions)).collect();
        Ok(Self {
            app,
            routes: RouteTable::new(routes?)?,
            function_timeout: template.function_timeout(),
            stream: None,
        })
    }

    /// The gateway for a table whose stream is counted: reads of revenues and products wait until
    /// earlier writes are counted.
    pub fn counted(self, stream: Arc<Stream>) -> Self {
        Self {
            stream: Some(stream),
            ..self
        }
    }

    /// Answers a request, even if its function fails.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let start = Instant::now();
        let request_id = self.app.new_id().to_string();
        let (parts, body) = request.into_parts();
        let response = match self.invoke(&parts, body, &request_id).await {
            Ok(response) => response,
            Err(failure) => refusal::refuse(failure, &parts, &request_id, start),
        };
        finish(response, &parts.method, &request_id)
    }

    /// Answers a request that is not one of a program on this machine.
    pub fn refuse(&self, refused: Refused) -> Response<Body> {
        let Refused { parts, refusal } = refused;
        let request_id = self.app.new_id().to_string();
        let failure = refusal::of_port(refusal);
        let response = refusal::refuse(failure, &parts, &request_id, Instant::now());
        finish(response, &parts.method, &request_id)
    }

    async fn invoke(
        &self,
        parts: &Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Response<Body>, Failure> {
        let body = http_api::read_body(body).await.map_err(refusal::failure)?;
        http_api::check_uri(&parts.uri).map_err(refusal::failure)?;
        let path = http_api::path(&parts.uri);
        let (route, function) = self.routes.find(&parts.method, &path);
        let event = http_api::event(parts, &body, route, request_id, self.app.now().instant());
        let reads = READS.contains(&parts.method);
        let is_counted = |prefix: &&str| path.starts_with(*prefix);
        let reads_counters = reads && COUNTED.iter().any(is_counted);
        if let Some(stream) = self.stream.as_ref().filter(|_| reads_counters) {
            stream.settled().await;
        }
        // The gateway in the cloud waits a second longer.
        let result = function.answer(event, self.function_timeout).await;
        if let Some(stream) = self.stream.as_ref().filter(|_| !reads) {
            stream.written();
        }
        http_api::response(result?).map_err(|error| Failure::Internal(error.into()))
    }
}

/// The response as the gateway sends it.
fn finish(mut response: Response<Body>, method: &Method, request_id: &str) -> Response<Body> {
    if *method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(APIGW_REQUEST_ID, request_id);
    }
    response
}

/// A route of the template to one of these functions.
fn route(
    route: &template::Route,
    functions: &BTreeMap<String, Function>,
) -> Result<Route<Function>, StartError> {
    let template::Route {
        method,
        path,
        function,
    } = route;
    let target = functions
        .get(function)
        .ok_or_else(|| StartError::NoSuchFunction {
            route: path.clone(),
            function: function.clone(),
        })?;
    Ok(Route {
        method: method.clone(),
        path: path.clone(),
        target: target.clone(),
    })
}
