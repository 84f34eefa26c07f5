//! Where requests come in.

use super::values::{from_to, processors, read_port};
use clap::Args;
use serde::Serialize;

/// Where requests come in.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "HTTP settings")]
pub struct HttpSettings {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = read_listen)]
    pub listen: String,

    /// How many threads answer requests [default: one a processor]
    #[arg(long, value_name = "N", default_value_t = processors(1_024), hide_default_value = true, value_parser = from_to(1_usize, 1_024))]
    pub workers: usize,
}

fn read_listen(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && read_port(port).is_some() => Ok(text.to_owned()),
        _ => Err("must be an address and a port, as in 127.0.0.1:8080".to_owned()),
    }
}
