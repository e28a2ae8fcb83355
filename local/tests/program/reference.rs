//! The key in the reference page.

use store::table::ENDPOINT_VARIABLE;

use crate::running::{AnyError, Running, command, directory, start, text, welcomed};

/// What the page has in the place of a key.
fn key_in_page(local: &Running) -> Result<String, AnyError> {
    let url = local.said("Allocora is running at")?;
    let page = local.said("Its API reference is at")?;
    let path = page.strip_prefix(url).ok_or("it is on the same port")?;
    let page = local.get_text(path, "junk")?;
    let mut keys = page.split("data-key=\"").skip(1);
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(page.into());
    };
    Ok(key.split('"').next().unwrap_or_default().to_owned())
}

#[test]
fn the_page_has_the_first_key_that_was_printed_or_none() -> Result<(), AnyError> {
    let directory = directory("reference")?;
    let data = ["--data-dir", text(&directory)?];
    let local = start(&[&data[..], &["--sample-data"]].concat())?;
    let keys = local.keys();
    assert_eq!(keys.len(), 3);
    assert_eq!(key_in_page(&local)?, keys[0].1);
    assert!(local.stop()?);
    let only_reading = start(&[&data[..], &["--read-only"]].concat())?;
    assert_eq!(only_reading.keys(), []);
    assert_eq!(key_in_page(&only_reading)?, "");
    Ok(())
}

/// All users of this machine can read the page, and the data of an emulator, but not every table.
#[test]
fn the_page_has_no_key_to_a_table_that_needs_credentials() -> Result<(), AnyError> {
    let emulator = start(&[])?;
    let endpoint = emulator.said("DynamoDB is running at")?;
    let endpoint = endpoint.split(' ').next().ok_or("it is a URL")?;
    let over = |credentials: &[(&str, &str)]| {
        let mut command = command(&["--port", "0", "--table", "other"]);
        command.env(ENDPOINT_VARIABLE, endpoint);
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_PROFILE");
        command.envs(credentials.iter().copied());
        welcomed(command)
    };
    let open = over(&[])?;
    assert_eq!(key_in_page(&open)?, open.keys()[0].1);
    let credentials = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", "us-east-1"),
    ];
    let closed = over(&credentials)?;
    assert_eq!(
        closed.keys().len(),
        1,
        "it is printed to who has the credentials"
    );
    assert_eq!(key_in_page(&closed)?, "");
    Ok(())
}
