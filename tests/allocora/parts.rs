//! The parts of an API of a test: its gateway, and the stream that is counted.

use std::path::Path;
use std::sync::Arc;

use admin::template::Template;
use local::gateway::Gateway;
use local::runtime::{Output, Programs};
use local::stream::{Consumer, Source, Stream};
use shared::app::App;
use store::table::Connection;

/// Waits until all that was written is counted.
pub async fn settled(stream: &Stream) {
    for _ in 0..60 {
        if stream.settled().await {
            return;
        }
    }
    panic!("the revenues are not counted");
}

/// The gateway before the programs in a directory, or before the functions in this process.
pub fn gateway(
    app: &Arc<App>,
    functions: Option<&Path>,
    variables: &[(&'static str, String)],
    stream: Option<&Arc<Stream>>,
) -> Gateway {
    let template = Template::included();
    let gateway = match functions {
        Some(directory) => {
            let programs = Programs::find(directory, template)
                .unwrap()
                .with(variables, &Output::Hidden);
            Gateway::of_programs(app.clone(), template, programs).unwrap()
        }
        None => Gateway::new(app.clone(), template).unwrap(),
    };
    match stream {
        Some(stream) => gateway.counted(stream.clone()),
        None => gateway,
    }
}

/// The stream of a table, counted by the program in a directory, or in this process. It does not go
/// through the wire, on which tests look at requests.
pub async fn stream(endpoint: &str, table: &str, functions: Option<&Path>) -> Stream {
    let connection = Connection::emulated(table, endpoint.to_owned());
    let (template, variables) = (Template::included(), connection.variables());
    let programs = functions.map(|functions| Programs::find(functions, template).unwrap());
    let programs = programs.map(|programs| programs.with(&variables, &Output::Hidden));
    let app = Arc::new(App::new(connection.open().await));
    let source = Source {
        variables: &variables,
        table,
        data_dir: None,
    };
    Stream::feed(source, template, Consumer::of(programs.as_deref(), app))
        .await
        .unwrap()
}
