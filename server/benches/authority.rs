//! Times of common questions in a project with 100,000 grants: `cargo bench --bench authority`.
//!
//! Runs on SQLite in a temporary directory, through the service's own functions, without HTTP and
//! JSON. Each figure is the median of its runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_client::protocol::GrantLine;
use sail_cargo_database::history::When;
use sail_cargo_database::{Database, DatabaseUrl, MasterKey, NewStore};
use sail_cargo_server::domain::caller::User;
use sail_cargo_server::domain::holdings::by_bucket;
use sail_cargo_server::domain::{
    Action, BucketName, Caller, Context, OperatorName, Origin, Permission, ProjectId, Secret, Slug,
    SubjectId, check,
};
use sail_cargo_server::domain::{BucketEdit, GrantFilter, NewGrant, ProjectSettings};
use sail_cargo_server::service::{
    EditOptions, GrantEdit, NewProject, Precondition, Service, Shown,
};

const GRANTS: usize = 100_000;
const BUCKETS: usize = 20;
const RUNS: usize = 200;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn operator(project: &ProjectId) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project: Some(project.clone()) },
        now: now(),
        request_id: "bench".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}

fn bucket(number: usize) -> BucketName {
    BucketName::parse(&format!("bucket-{number:02}")).unwrap()
}

fn user(project: &ProjectId, number: usize) -> Caller {
    Caller::User(User {
        project: project.clone(),
        id: SubjectId::parse(&format!("user-{number}")).unwrap(),
        groups: BTreeSet::new(),
        service_account: false,
        expires_at: now() + TimeDelta::hours(1),
        signed_in_at: None,
        epoch: None,
        via: None,
    })
}

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("cargo.db"));
    let key = MasterKey::parse(&MasterKey::generate()).unwrap();
    let database = Service::new(Database::open(url, 2, key));
    database.migrate(now()).await.unwrap();
    let project = set_up(&database).await;

    let begin = Instant::now();
    let edits = (0..GRANTS).map(edit).collect();
    let how = EditOptions::default();
    database
        .edit_grants(project.clone(), "grant.import", edits, how, operator(&project))
        .await
        .unwrap();
    println!("import of {GRANTS} grants, one transaction  {:>9.1?}", begin.elapsed());

    report(
        "a page of 100 grants, first",
        &measure(async |_| {
            list(&database, &project, None).await;
        })
        .await,
    );
    let texts = [&*bucket(10).to_string(), "a/", "l", "u", "user-2"].map(ToOwned::to_owned);
    let middle: sail_cargo_server::domain::Position = texts.into();
    report(
        "a page of 100 grants, in the middle",
        &measure(async |_| {
            list(&database, &project, Some(middle.clone())).await;
        })
        .await,
    );
    report(
        "check: one user, one object",
        &measure(async |run| {
            let caller = user(&project, run * 13 % (GRANTS / BUCKETS));
            let context = Context { caller: caller.clone(), ..operator(&project) };
            let name = bucket(run % BUCKETS);
            let only = Some(vec![name.clone()]);
            let at = database.authority(project.clone(), &context, only).await.unwrap();
            let action = Action::Permission(Permission::Read);
            check(&caller, action, &name, "a/x", &at.value, now()).unwrap();
        })
        .await,
    );
    report(
        "which of 20 buckets can a user read",
        &measure(async |run| {
            let caller = user(&project, run * 13 % (GRANTS / BUCKETS));
            let context = Context { caller: caller.clone(), ..operator(&project) };
            let at = database.authority(project.clone(), &context, None).await.unwrap();
            let names: Vec<_> = at.value.buckets.keys().cloned().collect();
            assert_eq!(by_bucket(at.value, &caller, &names, now()).len(), BUCKETS);
        })
        .await,
    );
    report(
        "a change, then a page of the listing begun before it",
        &measure(async |run| {
            let first = list(&database, &project, None).await;
            let change = vec![edit(GRANTS + run)];
            let context = operator(&project);
            database
                .edit_grants(project.clone(), "grant.put", change, EditOptions::default(), context)
                .await
                .unwrap();
            let (filter, when) = (GrantFilter::default(), When::Revision(first));
            let page =
                database.grants(project.clone(), filter, when, None, 100, operator(&project));
            page.await.unwrap();
        })
        .await,
    );
}

async fn set_up(service: &Service) -> ProjectId {
    let slug = |text: &str| Slug::parse(text).unwrap();
    let account = NewStore {
        name: slug("main"),
        endpoints: Vec::new(),
        region: "us-east-1".to_owned(),
        access_key_id: "AKIA".to_owned(),
        secret_access_key: Secret::new("secret".to_owned()),
        shared: false,
        accept_unsafe_storage: false,
        access: None,
    };
    let nobody = ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap();
    service.put_store(account, None, operator(&nobody)).await.unwrap();
    let new = NewProject {
        slug: slug("sail"),
        store: slug("main"),
        settings: ProjectSettings::default(),
    };
    let made = service.create_project(new, operator(&nobody)).await.unwrap();
    let project = made.value.id;
    for number in 0..BUCKETS {
        let edit = BucketEdit::default();
        service
            .put_bucket(project.clone(), bucket(number), edit, Shown::No, operator(&project))
            .await
            .unwrap();
    }
    project
}

fn edit(number: usize) -> GrantEdit {
    let new = NewGrant::parse_line(GrantLine {
        bucket: bucket(number % BUCKETS).to_string(),
        prefix: "a/".to_owned(),
        subject: format!("user-{}", number / BUCKETS),
        permissions: [Permission::Read].into(),
        ..GrantLine::default()
    });
    GrantEdit::give(new.unwrap(), Precondition::None)
}

async fn list(
    service: &Service,
    project: &ProjectId,
    after: Option<sail_cargo_server::domain::Position>,
) -> sail_cargo_server::domain::Revision {
    let (filter, when) = (GrantFilter::default(), When::Now);
    let page = service.grants(project.clone(), filter, when, after, 100, operator(project));
    let page = page.await.unwrap();
    assert_eq!(page.value.0.len(), 100);
    page.revision
}

async fn measure(mut run: impl AsyncFnMut(usize)) -> Vec<Duration> {
    let mut times = Vec::with_capacity(RUNS);
    for number in 0..RUNS {
        let begin = Instant::now();
        run(number).await;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    times
}

fn report(what: &str, times: &[Duration]) {
    let (median, slowest) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("{what:<53}  {median:>9.1?}  (p99 {slowest:.1?})");
}
