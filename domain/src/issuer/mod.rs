//! Issuers: which auth services are believed, and what of their tokens. Reads settings, not tokens.

mod algorithms;
mod alias;
mod audiences;
mod claim_names;
mod condition;
mod groups;
mod key_place;
mod life;
mod projects;
mod set;
mod settings;
mod sign_in_page;
mod text;
mod world;

pub use sail_cargo_protocol::{IssuerSettings, TokenAlgorithm};

pub use algorithms::Algorithms;
pub use alias::IssuerAlias;
pub use audiences::Audiences;
pub use claim_names::ClaimNames;
pub use condition::Condition;
pub use groups::GroupShape;
pub use key_place::KeyPlace;
pub use life::{SignInTime, TokenLife};
pub use projects::{IssuerProjects, ProjectName};
pub use set::{IssuerSet, NoIssuer, SessionTerms, SetFlaw};

/// An issuer that is believed. Built from its settings ([`Issuer::parse`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    settings: IssuerSettings,
    alias: Option<IssuerAlias>,
    users: Users,
    keys: KeyPlace,
    audiences: Audiences,
    algorithms: Algorithms,
    claims: ClaimNames,
    groups: GroupShape,
    projects: IssuerProjects,
    conditions: Vec<Condition>,
    life: TokenLife,
}

/// Whose users the users of an issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Users {
    /// Its own.
    Own,
    /// The default issuer's.
    Default,
    /// Those of the issuer with this alias. With its own alias: of the one that had it before.
    Of(IssuerAlias),
}

impl Issuer {
    /// Its settings, as they were given.
    pub const fn settings(&self) -> &IssuerSettings {
        &self.settings
    }

    /// The claim `iss` of its tokens.
    pub fn name(&self) -> &str {
        &self.settings.issuer
    }

    /// Its alias; `None` for the default issuer.
    pub const fn alias(&self) -> Option<&IssuerAlias> {
        self.alias.as_ref()
    }

    /// The alias that its users and groups have before their names: its own, or that of the issuer whose
    /// users its users are. `None` for plain names.
    pub fn names_under(&self) -> Option<&IssuerAlias> {
        match &self.users {
            Users::Own => self.alias.as_ref(),
            Users::Default => None,
            Users::Of(alias) => Some(alias),
        }
    }

    /// Whether its users are those of another issuer that had its alias before.
    pub fn takes_over(&self) -> bool {
        matches!(&self.users, Users::Of(alias) if Some(alias) == self.alias())
    }

    /// Where its keys are.
    pub const fn keys(&self) -> &KeyPlace {
        &self.keys
    }

    /// The audiences that its tokens may be for.
    pub const fn audiences(&self) -> &Audiences {
        &self.audiences
    }

    /// The algorithms that its tokens may be signed with.
    pub const fn algorithms(&self) -> &Algorithms {
        &self.algorithms
    }

    /// The claims that are read.
    pub const fn claims(&self) -> &ClaimNames {
        &self.claims
    }

    /// How its groups are written.
    pub const fn groups(&self) -> &GroupShape {
        &self.groups
    }

    /// The projects that it speaks for.
    pub const fn projects(&self) -> &IssuerProjects {
        &self.projects
    }

    /// What a token must say besides.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// How long its tokens and the sessions of its users may live.
    pub const fn life(&self) -> &TokenLife {
        &self.life
    }

    /// The issuer in a sentence: `okta`, or `default`.
    pub fn called(&self) -> &str {
        self.alias.as_ref().map_or(IssuerAlias::DEFAULT, IssuerAlias::as_str)
    }
}

#[cfg(test)]
mod tests;
