//! What the probe finds on each storage there is: the table of the threat model, to the letter.

use sail_cargo_client::protocol::ProbeOutcome::{self, Accepted, Acted, Refused, Untestable};
use sail_cargo_client::protocol::{AddressingStyle, Endpoint, ProbeReport};

use sail_cargo_server::domain::s3::Operation;

use crate::database::Kind::Sqlite;
use crate::desk::{Desk, at};
use crate::storages::{Kind, Storage};

/// The first words of the tables' heads; cases go by a letter and a number.
const HEADS: [&str; 2] = ["case", "operation"];

const PAGE: &str = include_str!("../../../docs/THREAT_MODEL.md");

#[tokio::test]
async fn each_storage_does_what_the_threat_model_says() {
    let desk = Desk::start(Sqlite).await;
    let mut reports = Vec::new();
    for kind in Kind::ALL {
        let storage = Storage::start(kind).await;
        reports.push(match &storage {
            Some(storage) => Some(probe(&desk, storage).await),
            None => None,
        });
    }
    let table = table(&reports) + &sub_resources(&reports);
    let page: String = PAGE.split_inclusive('\n').filter(|line| is_row(line)).collect();
    assert!(table == page, "docs/THREAT_MODEL.md has to say:\n{table}");
}

/// A row an operation on a sub-resource that some storage runs as another, a column a storage.
fn sub_resources(reports: &[Option<ProbeReport>]) -> String {
    let any = reports.iter().flatten().next().unwrap();
    let names = Kind::ALL.map(|kind| kind.name().to_owned());
    let head = row("operation", "what runs in its place", &names);
    let rows = any.sub_resources.iter().enumerate().filter_map(|(index, tried)| {
        let cells = reports.iter().enumerate().map(|(column, report)| match report {
            Some(report) => ran(report.sub_resources[index].outcome).to_owned(),
            None => said(&tried.operation, column),
        });
        let cells: Vec<_> = cells.collect();
        let some = cells.iter().any(|cell| cell == ran(Acted));
        some.then(|| row(&tried.operation, &tried.runs_as, &cells))
    });
    std::iter::once(head).chain(rows).collect()
}

const fn ran(outcome: ProbeOutcome) -> &'static str {
    match outcome {
        Acted => "**runs it**",
        Accepted | Refused => "knows it, or refuses",
        Untestable => "not tried",
    }
}

/// By every address it has.
async fn probe(desk: &Desk, storage: &Storage) -> ProbeReport {
    let mut store = at(&storage.url);
    let style = AddressingStyle::VirtualHosted;
    store.endpoints.extend(storage.hosts_url().map(|url| Endpoint { url, style }));
    desk.put_store(&store).await;
    desk.probe().await.unwrap()
}

/// A row a case, a column a storage. What was not probed is as the page says.
fn table(reports: &[Option<ProbeReport>]) -> String {
    let any = reports.iter().flatten().next().unwrap();
    let names = Kind::ALL.map(|kind| kind.name().to_owned());
    let head = row("case", "what is changed", &names);
    let rows = any.cases.iter().enumerate().map(|(index, case)| {
        let cells = reports.iter().enumerate().map(|(column, report)| match report {
            Some(report) => word(report.cases[index].outcome).to_owned(),
            None => said(&case.id, column),
        });
        row(&case.id, &case.title, &cells.collect::<Vec<_>>())
    });
    std::iter::once(head).chain(rows).collect()
}

fn row(id: &str, title: &str, cells: &[String]) -> String {
    format!("| {id} | {title} | {} |\n", cells.join(" | "))
}

fn is_row(line: &str) -> bool {
    let first = line.strip_prefix("| ").and_then(|line| line.split(" | ").next());
    first.is_some_and(|cell| {
        let case = cell.len() == 4 && cell[1..].bytes().all(|byte| byte.is_ascii_digit());
        case || HEADS.contains(&cell) || Operation::by_name(cell).is_some()
    })
}

fn said(id: &str, column: usize) -> String {
    let start = format!("| {id} |");
    let row = PAGE.lines().find(|line| line.starts_with(&start)).unwrap_or_default();
    row.split(" | ").nth(column + 2).unwrap_or_default().trim_end_matches(" |").to_owned()
}

const fn word(outcome: ProbeOutcome) -> &'static str {
    match outcome {
        Acted => "**acts**",
        Accepted => "no effect",
        Refused => "refused",
        Untestable => "not tried",
    }
}
