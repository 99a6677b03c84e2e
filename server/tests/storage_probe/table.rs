//! Probes each storage, and compares the findings with the tables in the threat model, to the
//! letter.

use std::collections::BTreeMap;

use sail_cargo_client::protocol::ProbeOutcome::{Accepted, Acted, Refused, Untestable};
use sail_cargo_client::protocol::{AddressingStyle, Endpoint, ProbeCase, ProbeReport};

use crate::database::Kind::Sqlite;
use crate::probe_server::{ProbeServer, at};
use crate::storages::{Kind, Storage};

const PAGE: &str = include_str!("../../../docs/THREAT_MODEL.md");
const GATEWAY: &str = include_str!("../../../docs/gateway.md");

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
    let of_gateway = |case: &ProbeCase| case.id.starts_with('G');
    assert_says(PAGE, &cases(PAGE, &reports, |case| !of_gateway(case)), |line| {
        ["| case |", "| R0", "| B0", "| H0"].iter().any(|start| line.starts_with(start))
    });
    assert_says(GATEWAY, &cases(GATEWAY, &reports, of_gateway), |line| {
        ["| case |", "| G0"].iter().any(|start| line.starts_with(start))
    });
    if reports.iter().all(Option::is_some) {
        assert_says(PAGE, &sub_resources(&reports), |line| {
            let of_storages = Kind::ALL.iter().any(|kind| {
                line.strip_prefix("| ").is_some_and(|cell| cell.starts_with(kind.name()))
            });
            line.starts_with("| run as the plain") || of_storages
        });
    }
}

/// Demands that the page's rows of a table are these.
fn assert_says(page: &str, table: &str, is_row: impl Fn(&str) -> bool) {
    let said: String = page.split_inclusive('\n').filter(|line| is_row(line)).collect();
    assert!(table == said, "the page has to say:\n{table}");
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
fn cases(
    page: &str,
    reports: &[Option<ProbeReport>],
    is_meant: impl Fn(&ProbeCase) -> bool,
) -> String {
    let any = reports.iter().flatten().next().unwrap();
    let names = Kind::ALL.map(|kind| kind.name().to_owned());
    let head = row("case", "what is changed", &names);
    let meant = any.cases.iter().enumerate().filter(|(_, case)| is_meant(case));
    let rows = meant.map(|(index, case)| {
        let cells = reports.iter().enumerate().map(|(column, report)| match report {
            Some(report) => word(&report.cases[index]).to_owned(),
            None => said(page, &case.id, column),
        });
        row(&case.id, &case.title, &cells.collect::<Vec<_>>())
    });
    std::iter::once(head).chain(rows).collect()
}

fn row(id: &str, title: &str, cells: &[String]) -> String {
    format!("| {id} | {title} | {} |\n", cells.join(" | "))
}

fn said(page: &str, id: &str, column: usize) -> String {
    let start = format!("| {id} |");
    let row = page.lines().find(|line| line.starts_with(&start)).unwrap_or_default();
    row.split(" | ").nth(column + 2).unwrap_or_default().trim_end_matches(" |").to_owned()
}

fn word(case: &ProbeCase) -> &'static str {
    match (&*case.id, case.outcome) {
        ("G001" | "G002", Acted) => "**kept**",
        ("G001" | "G002", Refused) => "discarded",
        (id, Acted) if id.starts_with('G') => "**misread**",
        (id, Accepted) if id.starts_with('G') => "as S3",
        (_, Acted) => "**acts**",
        (_, Accepted) => "no effect",
        (_, Refused) => "refused",
        (_, Untestable) => "not tried",
    }
}
