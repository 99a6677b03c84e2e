//! Probes each storage, and compares the findings with the tables in the threat model, to the
//! letter.

use std::collections::BTreeMap;

use sail_cargo_client::protocol::ProbeOutcome::{self, Accepted, Acted, Refused, Untestable};
use sail_cargo_client::protocol::{AddressingStyle, Endpoint, ProbeReport};

use crate::database::Kind::Sqlite;
use crate::probe_server::{ProbeServer, at};
use crate::storages::{Kind, Storage};

const PAGE: &str = include_str!("../../../docs/THREAT_MODEL.md");

#[tokio::test]
async fn each_storage_does_what_the_threat_model_says() {
    let server = ProbeServer::start(Sqlite).await;
    let mut reports = Vec::new();
    for kind in Kind::ALL {
        let storage = Storage::start(kind).await;
        reports.push(match &storage {
            Some(storage) => Some(probe(&server, storage).await),
            None => None,
        });
    }
    assert_says(&cases(&reports), |line| {
        ["| case |", "| R0", "| B0", "| H0"].iter().any(|start| line.starts_with(start))
    });
    if reports.iter().all(Option::is_some) {
        assert_says(&sub_resources(&reports), |line| {
            let of_storages = Kind::ALL.iter().any(|kind| {
                line.strip_prefix("| ").is_some_and(|cell| cell.starts_with(kind.name()))
            });
            line.starts_with("| run as the plain") || of_storages
        });
    }
}

/// Demands that the page's rows of a table are these.
fn assert_says(table: &str, is_row: impl Fn(&str) -> bool) {
    let page: String = PAGE.split_inclusive('\n').filter(|line| is_row(line)).collect();
    assert!(table == page, "docs/THREAT_MODEL.md has to say:\n{table}");
}

/// One row for each set of storages, with the operations on sub-resources that these run as the
/// plain request.
fn sub_resources(reports: &[Option<ProbeReport>]) -> String {
    let reports: Vec<_> = reports.iter().flatten().collect();
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (index, tried) in reports[0].sub_resources.iter().enumerate() {
        let runs = |report: &ProbeReport| report.sub_resources[index].outcome == Acted;
        let storages = Kind::ALL.iter().zip(&reports).filter(|(_, report)| runs(report));
        let storages: Vec<_> = storages.map(|(kind, _)| kind.name()).collect();
        if !storages.is_empty() {
            rows.entry(storages.join(", ")).or_default().push(tried.operation.clone());
        }
    }
    let head = "| run as the plain request by | operations |\n".to_owned();
    let rows = rows.iter().map(|(storages, ran)| format!("| {storages} | {} |\n", ran.join(", ")));
    std::iter::once(head).chain(rows).collect()
}

/// Probes the storage at all its endpoints.
async fn probe(server: &ProbeServer, storage: &Storage) -> ProbeReport {
    let mut store = at(&storage.url);
    let style = AddressingStyle::VirtualHosted;
    store.endpoints.extend(storage.hosts_url().map(|url| Endpoint { url, style }));
    server.put_store(&store).await;
    server.probe().await.unwrap_or_else(|error| panic!("{}: {error:?}", storage.kind.name()))
}

/// One row for each case, one column for each storage. Storages that were not probed are taken from
/// the page.
fn cases(reports: &[Option<ProbeReport>]) -> String {
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
