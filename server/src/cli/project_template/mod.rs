//! `projects create --template`: a project with what a team needs, by steps that each are a request of the API.

mod apply;
mod step;

use sail_cargo_protocol::CreateProject;

use self::apply::Setup;
use self::step::{Step, TeamOptions, team};
use super::failure::Failure;
use super::output;
use super::remote::Remote;
use super::stores::bucket;
use crate::api::projects::new_project;
use crate::domain::{BucketName, SubjectId};

/// The templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Template {
    /// Everybody has a home in one bucket; the group `admins` sees what is there, and opens nothing
    Team,
}

/// The options of a project with a template. Each is for `team`.
#[derive(Debug, clap::Args)]
pub(super) struct TemplateArgs {
    /// Also set up what a team needs: a bucket with a home for everybody, and a list of it for the group
    /// `admins`. Prints the steps before it applies them; run again, it completes them. Needs --url
    #[arg(long, value_enum)]
    template: Option<Template>,
    /// Print the steps of the template, and change nothing
    #[arg(long, requires = "template")]
    dry_run: bool,
    /// The bucket for the homes [default: PROJECT-homes]
    #[arg(long, value_name = "BUCKET", value_parser = bucket, requires = "template")]
    home_bucket: Option<BucketName>,
    /// The storage has the bucket already: only register it
    #[arg(long, requires = "template")]
    existing_bucket: bool,
    /// Let the group `admins` change the grants in the bucket as well. Its members can then give themselves
    /// everything in it
    #[arg(long, requires = "template")]
    admins_are_admins: bool,
    /// The id of a user who becomes a member of the group `admins`; may be repeated
    #[arg(long = "admin", value_name = "USER", value_parser = user_id, requires = "template")]
    admins: Vec<String>,
    /// The id of a user who becomes a member of the group `editors`; may be repeated
    #[arg(long = "editor", value_name = "USER", value_parser = user_id, requires = "template")]
    editors: Vec<String>,
}

impl TemplateArgs {
    /// The steps of the template, if one is given.
    ///
    /// # Errors
    /// The project cannot be made so, or no bucket is called as it would be.
    pub(super) fn steps(&self, project: &CreateProject) -> Result<Option<Vec<Step>>, Failure> {
        let Some(Template::Team) = self.template else { return Ok(None) };
        new_project(project.clone()).map_err(|error| error.to_string())?;
        let options = TeamOptions {
            project: project.clone(),
            bucket: self.bucket(&project.slug)?,
            is_there: self.existing_bucket,
            admins_are_admins: self.admins_are_admins,
            admins: self.admins.clone(),
            editors: self.editors.clone(),
        };
        Ok(Some(team(&options)))
    }

    fn bucket(&self, slug: &str) -> Result<BucketName, Failure> {
        if let Some(bucket) = &self.home_bucket {
            return Ok(bucket.clone());
        }
        let made = bucket(&format!("{slug}-homes"));
        Ok(made.map_err(|error| format!("the bucket {slug}-homes: {error}: give --home-bucket"))?)
    }

    /// Prints the steps, and applies them unless it is a dry run.
    ///
    /// # Errors
    /// The first step that failed. What was done and what was not is said before.
    pub(super) async fn run(
        &self,
        remote: &Remote,
        slug: &str,
        steps: &[Step],
    ) -> Result<(), Failure> {
        if self.dry_run {
            return Ok(output::show(&numbered(steps))?);
        }
        let Some(operator) = remote.named()? else {
            return Err("a template needs a server: give --url".into());
        };
        output::say(&format!("the steps of the template:\n{}", numbered(steps)));
        let inside = remote.in_project(slug).client()?;
        let setup = Setup { operator, inside };
        setup.apply(steps).await?;
        Ok(output::print(&setup.operator.project(slug).await?.id)?)
    }
}

/// Parses the id of a user.
fn user_id(text: &str) -> Result<String, String> {
    SubjectId::parse_new(text).map(|id| id.to_string()).map_err(|error| error.to_string())
}

/// The steps, one a line.
fn numbered(steps: &[Step]) -> String {
    let lines = (1..).zip(steps).map(|(number, step)| format!("{number}. {step}"));
    lines.collect::<Vec<_>>().join("\n")
}
