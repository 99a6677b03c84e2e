//! Applies the steps of a template, one after the other. What is there already stays as it is.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use chrono::TimeDelta;
use sail_cargo_client::{Client, Credentials, Precondition};
use sail_cargo_middleware::{RemoteSigner, explain};
use sail_cargo_protocol::{
    BucketState, ChangeGrantQuery, CreateApiKey, CreateProject, CreatedApiKey, GrantLine,
    GrantQuery, Home, PatchProject, PutBucket, PutGrant, PutMember, Scope,
};

use super::step::Step;
use crate::cli::doubts::say_if_absent;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::users::is_member;
use crate::clock::Clock;
use crate::domain::BucketName;

/// How long the API key lasts that creates the bucket. It is revoked before.
const KEY_LASTS: TimeDelta = TimeDelta::minutes(15);

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// It had been done before.
    WasSo,
}

/// The clients that apply the steps, both of one operator.
pub(super) struct Setup {
    pub(super) operator: Client,
    /// In the project.
    pub(super) inside: Client,
}

impl Setup {
    /// Applies the steps in their order, and says of each what became of it.
    ///
    /// # Errors
    /// That of the first step that failed. The steps after it are not tried.
    pub(super) async fn apply(&self, steps: &[Step]) -> Result<(), Failure> {
        for (step, next) in steps.iter().zip(1..) {
            match self.take(step).await {
                Ok(Outcome::Done) => output::say(&format!("done: {step}")),
                Ok(Outcome::WasSo) => output::say(&format!("was so: {step}")),
                Err(error) => {
                    output::say(&format!("failed: {step}"));
                    steps[next..].iter().for_each(|step| output::say(&format!("not done: {step}")));
                    output::say("what is done stays, and the same command completes it");
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn take(&self, step: &Step) -> Result<Outcome, Failure> {
        match step {
            Step::Project(new) => self.project(new).await,
            Step::MakeBucket(bucket) => self.make_bucket(bucket).await,
            Step::RegisterBucket(bucket) => self.register(bucket).await,
            Step::Grant(grant) => self.grant(grant).await,
            Step::Home(project, home) => self.home(project, home).await,
            Step::Member { group, user } => self.member(group, user).await,
        }
    }

    async fn project(&self, new: &CreateProject) -> Result<Outcome, Failure> {
        let store = match self.operator.project(&new.slug).await {
            Ok(project) => project.store,
            Err(error) if error.is_not_found() => {
                self.operator.create_project(new).await?;
                return Ok(Outcome::Done);
            }
            Err(error) => return Err(error.into()),
        };
        if store == new.store {
            return Ok(Outcome::WasSo);
        }
        Err(format!("the project {} is there, on the store {store}", new.slug).into())
    }

    async fn make_bucket(&self, bucket: &BucketName) -> Result<Outcome, Failure> {
        if self.is_registered(bucket).await? {
            return Ok(Outcome::WasSo);
        }
        let key = self.inside.create_api_key(&signing_key()).await?;
        let made = self.make_bucket_with(&key, bucket).await;
        self.inside.delete_api_key(&key.stored.id).await?;
        made?;
        if self.is_registered(bucket).await? {
            return Ok(Outcome::Done);
        }
        Err(format!("the storage does not say whether it has the bucket {bucket} now").into())
    }

    async fn make_bucket_with(
        &self,
        key: &CreatedApiKey,
        bucket: &BucketName,
    ) -> Result<(), Failure> {
        let root =
            Client::builder(self.operator.url()).credentials(Credentials::api_key(&*key.key));
        let s3 = RemoteSigner::new(root.build()?).connect().await?;
        let make = s3.create_bucket().bucket(bucket.as_str());
        let make = make.set_create_bucket_configuration(location(&s3));
        make.send().await.map(drop).map_err(|error| {
            let why = explain(&error);
            match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("BucketAlreadyOwnedByYou" | "BucketAlreadyExists") => format!(
                    "{why}: if the bucket is the project's to have, register it with --existing-bucket"
                ),
                _ => why,
            }
            .into()
        })
    }

    /// Whether the project has the bucket. Of one whose creation or deletion was never reported, the storage is
    /// asked.
    async fn is_registered(&self, bucket: &BucketName) -> Result<bool, Failure> {
        let state = match self.inside.bucket(bucket.as_str()).await {
            Ok(bucket) => bucket.state,
            Err(error) if error.is_not_found() => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if state == BucketState::Active {
            return Ok(true);
        }
        let settled = self.inside.reconcile_bucket(bucket.as_str()).await?;
        Ok(settled.state == Some(BucketState::Active))
    }

    async fn register(&self, bucket: &BucketName) -> Result<Outcome, Failure> {
        if self.is_registered(bucket).await? {
            return Ok(Outcome::WasSo);
        }
        self.inside.put_bucket(bucket.as_str(), &PutBucket::default()).await?;
        say_if_absent(&self.inside, bucket.as_str()).await;
        Ok(Outcome::Done)
    }

    /// Gives the grant unless there is one. What somebody changed since is theirs to decide.
    async fn grant(&self, line: &GrantLine) -> Result<Outcome, Failure> {
        let GrantLine { bucket, prefix, prefix_kind, kind, subject, permissions, .. } = line;
        let which = GrantQuery { prefix: prefix.clone(), prefix_kind: *prefix_kind, kind: *kind };
        let change = ChangeGrantQuery {
            prefix: prefix.clone(),
            prefix_kind: *prefix_kind,
            kind: *kind,
            force: false,
        };
        let put = PutGrant { permissions: permissions.clone(), ..PutGrant::default() };
        let absent = Precondition::Absent;
        let given = self.inside.put_grant_if(bucket, subject, &change, absent, &put).await;
        match given {
            Ok(_) => return Ok(Outcome::Done),
            Err(error) if error.code() == Some("precondition_failed") => {}
            Err(error) => return Err(error.into()),
        }
        let there = GrantLine::from(self.inside.grant(bucket, subject, &which).await?);
        if there == (GrantLine { reason: there.reason.clone(), ..line.clone() }) {
            return Ok(Outcome::WasSo);
        }
        Err(format!(
            "there is another grant in its place: {}. Delete it, or do without the template",
            Step::Grant(there)
        )
        .into())
    }

    async fn home(&self, project: &str, home: &Home) -> Result<Outcome, Failure> {
        match self.operator.project(project).await?.home {
            Some(there) if there == *home => Ok(Outcome::WasSo),
            Some(there) => {
                Err(format!("users have their homes elsewhere: {}/{}", there.bucket, there.prefix)
                    .into())
            }
            None => {
                let patch = PatchProject { home: Some(home.clone()), ..PatchProject::default() };
                self.operator.patch_project(project, &patch).await?;
                Ok(Outcome::Done)
            }
        }
    }

    /// Whoever is a member stays one for as long as they were.
    async fn member(&self, group: &str, user: &str) -> Result<Outcome, Failure> {
        if is_member(&self.inside, group, user).await? {
            return Ok(Outcome::WasSo);
        }
        self.inside.put_member(group, user, &PutMember::default()).await?;
        Ok(Outcome::Done)
    }
}

/// The API key that the bucket is created with.
fn signing_key() -> CreateApiKey {
    CreateApiKey {
        name: "projects create --template".to_owned(),
        scopes: Some([Scope::Sign].into()),
        expires_at: Some(Clock::system().now() + KEY_LASTS),
        project: None,
    }
}

/// Where the bucket shall be. S3 refuses the default region by name.
fn location(s3: &aws_sdk_s3::Client) -> Option<CreateBucketConfiguration> {
    let region = s3.config().region()?.as_ref();
    (region != "us-east-1").then(|| {
        let location = BucketLocationConstraint::from(region);
        CreateBucketConfiguration::builder().location_constraint(location).build()
    })
}
