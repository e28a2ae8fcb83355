//! The deployment template: routes, table, and limits of the functions.

mod cloudformation;

use std::sync::LazyLock;
use std::time::Duration;

use store::key::attribute;
use store::table::{Definition, Index, Keys};

use cloudformation::{Document, Function, StreamMapping, Table};

/// The parts of a deployment template that describe the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    functions: Vec<String>,
    routes: Vec<Route>,
    stream_pattern: String,
    function_timeout: Duration,
    function_memory: u32,
    table: Definition,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method, or `None` for any.
    pub method: Option<String>,
    /// The path as in the template: with `{proxy+}`, or `$default` for requests that match no other
    /// route.
    pub path: String,
    /// The function that serves it, by the name of its binary.
    pub function: String,
}

/// Why a text is not a template of the API.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is not a CloudFormation template in YAML.
    #[error("the template is not a CloudFormation template in YAML")]
    Yaml(#[from] serde_saphyr::Error),
    /// A resource that cannot be read.
    #[error("the resource {name} of the template cannot be read")]
    Resource {
        /// The name of the resource.
        name: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A setting of all functions that is missing, or not known before the deployment.
    #[error(
        "Globals.Function.{0} of the template must be a whole number, or a parameter that has one as its default"
    )]
    Setting(&'static str),
    /// Not exactly one event source mapping with a filter.
    #[error("the template must have one event source mapping, with one filter pattern")]
    Stream,
    /// Not exactly one table, or one with other keys.
    #[error(
        "the template must have one table, with the keys PK and SK and the index GSI1 over GSI1PK and GSI1SK"
    )]
    Table,
}

impl Template {
    /// The template that this program was built with.
    pub fn included() -> &'static Self {
        static INCLUDED: LazyLock<Template> = LazyLock::new(|| {
            let text = include_str!("../../template.yaml");
            Template::parse(text)
                .expect("the template is part of the source, and every test reads it")
        });
        &INCLUDED
    }

    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] if the text is not a template of the API.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let document: Document = serde_saphyr::from_str(text)?;
        let functions: Vec<Function> = document.resources("AWS::Serverless::Function")?;
        let names = functions.iter().map(Function::name).collect();
        let routes = functions.into_iter().flat_map(Function::routes).collect();
        let mappings: Vec<StreamMapping> = document.resources("AWS::Lambda::EventSourceMapping")?;
        let [mapping] =
            <[StreamMapping; 1]>::try_from(mappings).map_err(|_| TemplateError::Stream)?;
        let function_timeout = Duration::from_secs(document.function_setting("Timeout")?.into());
        let function_memory = document.function_setting("MemorySize")?;
        let tables: Vec<Table> = document.resources("AWS::DynamoDB::Table")?;
        let [table] = <[Table; 1]>::try_from(tables).map_err(|_| TemplateError::Table)?;
        let table = Definition::from(table);
        if !has_known_keys(&table) {
            return Err(TemplateError::Table);
        }
        let stream_pattern = mapping.pattern();
        Ok(Self {
            functions: names,
            routes,
            stream_pattern,
            function_timeout,
            function_memory,
            table,
        })
    }

    /// The functions, by the names of their binaries.
    pub fn functions(&self) -> &[String] {
        &self.functions
    }

    /// Which records of the stream are counted, as the JSON of a filter pattern.
    pub fn stream_pattern(&self) -> &str {
        &self.stream_pattern
    }

    /// The routes.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// How long a function may take.
    pub fn function_timeout(&self) -> Duration {
        self.function_timeout
    }

    /// The memory that a function has, in MB.
    pub fn function_memory(&self) -> u32 {
        self.function_memory
    }

    /// The table.
    pub fn table(&self) -> &Definition {
        &self.table
    }
}

/// Whether the table has the keys that items are written with.
fn has_known_keys(table: &Definition) -> bool {
    let keys = |partition: &str, sort: &str| Keys {
        partition: partition.to_owned(),
        sort: sort.to_owned(),
    };
    let indexed = keys(attribute::INDEX_PARTITION, attribute::INDEX_SORT);
    table.keys == keys(attribute::PARTITION, attribute::SORT)
        && table.indexes
            == [Index {
                name: attribute::INDEX.to_owned(),
                keys: indexed,
            }]
}
