//! Rows of a file, with what is wrong with each.

use crate::cli::Failure;
use crate::cli::export::Format;
use crate::hasher;
use roster_domain::Error as Refusal;
use roster_domain::import::{Row, RowFault};
use roster_domain::wire::{parse_object, transfer};
use roster_domain::{Fault, FieldFault};
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) rows: Vec<Row>,
    pub(super) faults: Vec<RowFault>,
}

/// Reads a file, or stdin for `-`.
pub(super) fn read(file: &Path, format: Option<Format>) -> Result<Content, Failure> {
    let is_csv = file.extension().is_some_and(|end| end == "csv");
    let format = format.unwrap_or(match is_csv {
        true => Format::Csv,
        false => Format::Ndjson,
    });
    let source: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(std::io::stdin()),
        false => {
            let open = std::fs::File::open(file);
            Box::new(open.map_err(|error| Failure::from(error).about(file))?)
        }
    };
    let content = match format {
        Format::Ndjson => ndjson(BufReader::new(source)),
        Format::Csv => table(csv::Reader::from_reader(source)),
    };
    content.map_err(|failure| failure.about(file))
}

fn ndjson(mut source: impl BufRead) -> Result<Content, Failure> {
    let mut content = Content::default();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if source.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        match parse_object(&bytes) {
            Ok(object) => content.add(line, &object),
            Err(fault) => {
                let message = fault.0.replacen("Body ", "", 1).into();
                let fault = Fault {
                    code: "syntax",
                    message,
                };
                content.faults.push(RowFault::new(line, "the line", fault));
            }
        }
    }
    Ok(content)
}

fn table(mut source: csv::Reader<impl Read>) -> Result<Content, Failure> {
    let mut content = Content::default();
    let names = source.headers()?.clone();
    for name in &names {
        let is_known = transfer::COLUMNS.contains(&name);
        if !is_known || names.iter().filter(|other| *other == name).count() > 1 {
            return Err(Failure::new(format!(
                "line 1: the columns must be some of {}, each once; \"{}\" is not",
                transfer::COLUMNS.join(", "),
                name.escape_debug()
            )));
        }
    }
    for record in source.records() {
        // A record of another length is told with its line.
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = names.iter().zip(&record);
        let object: Map<String, Value> = cells
            .filter_map(|(name, cell)| Some((name.to_owned(), transfer::of_cell(name, cell)?)))
            .collect();
        content.add(line, &object);
    }
    Ok(content)
}

impl Content {
    fn add(&mut self, line: u64, object: &Map<String, Value>) {
        match transfer::read(object, hasher::take_over) {
            Ok(entry) => self.rows.push(Row { line, entry }),
            Err(Refusal::Invalid(faults)) => {
                let faults = faults.into_iter();
                self.faults
                    .extend(faults.map(|fault: FieldFault| RowFault { line, fault }));
            }
            Err(other) => {
                let fault = Fault::new(other.code(), "cannot be read");
                self.faults.push(RowFault::new(line, "the line", fault));
            }
        }
    }
}
