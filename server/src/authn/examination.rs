//! The steps of looking at a token. Verification takes them without a word; `issuers test` has each told.

use std::fmt;

use super::claims::TokenClaims;

/// A step. A token passes them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is a JWT in compact form.
    Form,
    /// Its `iss` is an issuer's.
    Issuer,
    /// It is for an audience of that issuer.
    Audience,
    /// It is signed with an algorithm of that issuer.
    Algorithm,
    /// The issuer has a key for it.
    Key,
    /// One of these keys signed it.
    Signature,
    /// It is valid now, and does not live too long.
    Lifetime,
    /// It meets the issuer's conditions.
    Conditions,
    /// It names its user.
    User,
    /// It names its groups.
    Groups,
    /// It names its project, or its issuer does.
    Project,
}

impl Step {
    /// The step's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Lifetime => "lifetime",
            Self::Conditions => "conditions",
            Self::User => "user",
            Self::Groups => "groups",
            Self::Project => "project",
        }
    }
}

/// Who is told of the steps. A sentence holds nothing of a token that was not verified.
pub(super) trait Witness {
    /// The step begins.
    fn begin(&mut self, step: Step);
    /// The step that began last is passed.
    fn pass(&mut self, said: impl FnOnce() -> String);
}

/// Nobody is told.
#[derive(Debug)]
pub(super) struct Silent;

impl Witness for Silent {
    fn begin(&mut self, _: Step) {}
    fn pass(&mut self, _: impl FnOnce() -> String) {}
}

/// What was said of each step.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// The steps that were passed, each with a sentence.
    pub(super) passed: Vec<(Step, String)>,
    /// The step that is not passed.
    pub(super) at: Option<Step>,
}

/// What came of a test of a token.
#[derive(Debug)]
pub struct TestedToken {
    /// The steps that were passed, each with a sentence.
    pub passed: Vec<(Step, String)>,
    /// The step that was not passed, and why.
    pub failed: Option<(Step, String)>,
    /// The claims of an accepted token, and remarks on them.
    pub accepted: Option<(TokenClaims, Vec<String>)>,
}

impl TestedToken {
    /// A token that does not pass a step, the first one that it takes.
    pub(super) fn refused(step: Step, why: String) -> Self {
        Self { passed: Vec::new(), failed: Some((step, why)), accepted: None }
    }

    /// This token, which does not pass `step` after all.
    pub(super) fn but_refused(mut self, step: Step, why: String) -> Self {
        self.passed.retain(|(passed, _)| *passed != step);
        Self { passed: self.passed, failed: Some((step, why)), accepted: None }
    }
}

impl Witness for Account {
    fn begin(&mut self, step: Step) {
        self.at = Some(step);
    }

    fn pass(&mut self, said: impl FnOnce() -> String) {
        self.passed.extend(self.at.take().map(|step| (step, said())));
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
