//! The project that is asked about: buckets, and 100 grants for each user.

use std::path::Path;

use chrono::{DateTime, Utc};
use sail_cargo_client::protocol::GrantLine;
use sail_cargo_database::{Database, DatabaseUrl, MasterKey, NewStore};
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_server::domain::{
    BucketEdit, BucketName, Caller, Context, NewGrant, OperatorName, Origin, Permission, ProjectId,
    ProjectSettings, Secret, Slug,
};
use sail_cargo_server::service::{
    EditOptions, GrantEdit, NewProject, Precondition, Service, Shown,
};

use crate::served::ENDPOINT;

/// How many buckets there are, and grants of a user.
pub(crate) const BUCKETS: usize = 100;
/// How many grants are written in one transaction.
const AT_ONCE: usize = 100_000;

/// The name of a bucket.
pub(crate) fn bucket(number: usize) -> String {
    format!("bucket-{number:02}")
}

/// The id of a user: 36 characters, as a UUID has.
pub(crate) fn user(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Makes the project `sail` with so many grants in the database of `directory`.
pub(crate) async fn make(directory: &Path, grants: usize) {
    let url = DatabaseUrl::Sqlite(directory.join("cargo.db"));
    let key = std::fs::read_to_string(directory.join("master.key")).unwrap();
    let key = MasterKey::parse(&Secret::new(key.trim().to_owned())).unwrap();
    let service = Service::new(Database::open(url, 2, key));
    let slug = |text: &str| Slug::parse(text).unwrap();
    let account = NewStore {
        name: slug("main"),
        endpoints: vec![Endpoint::parse(ENDPOINT, AddressingStyle::Path).unwrap()],
        region: "us-east-1".to_owned(),
        access_key_id: "AKIA".to_owned(),
        secret_access_key: Secret::new("secret".to_owned()),
        shared: false,
        accept_unsafe_storage: true,
        access: None,
    };
    let nobody = ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap();
    service.put_store(account, None, operator(&nobody)).await.unwrap();
    let settings = ProjectSettings::default();
    let new = NewProject { slug: slug("sail"), store: slug("main"), settings };
    let project = service.create_project(new, operator(&nobody)).await.unwrap().value.id;
    for number in 0..BUCKETS {
        let name = BucketName::parse(&bucket(number)).unwrap();
        let put = service.put_bucket(
            project.clone(),
            name,
            BucketEdit::default(),
            Shown::No,
            operator(&project),
        );
        put.await.unwrap();
    }
    for begin in (0..grants).step_by(AT_ONCE) {
        let edits = (begin..grants.min(begin + AT_ONCE)).map(edit).collect();
        let (how, context) = (EditOptions::default(), operator(&project));
        service.edit_grants(project.clone(), "grant.import", edits, how, context).await.unwrap();
    }
}

fn edit(number: usize) -> GrantEdit {
    let new = NewGrant::parse_line(GrantLine {
        bucket: bucket(number % BUCKETS),
        prefix: "a/".to_owned(),
        subject: user(number / BUCKETS),
        permissions: [Permission::Read, Permission::Write].into(),
        ..GrantLine::default()
    });
    GrantEdit::give(new.unwrap(), Precondition::None)
}

fn operator(project: &ProjectId) -> Context {
    #[expect(clippy::disallowed_methods, reason = "the server reads the same clock")]
    let now: DateTime<Utc> = Utc::now();
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project: Some(project.clone()) },
        now,
        request_id: "bench".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}
