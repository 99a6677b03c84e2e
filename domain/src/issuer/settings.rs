//! Reads the settings of an issuer.

use sail_cargo_protocol::IssuerSettings;

use super::algorithms::Algorithms;
use super::alias::IssuerAlias;
use super::audiences::Audiences;
use super::claim_names::ClaimNames;
use super::condition::Condition;
use super::groups::GroupShape;
use super::key_place::KeyPlace;
use super::life::TokenLife;
use super::projects::IssuerProjects;
use super::text::demand_text;
use super::{Issuer, Users, sign_in_page, world};
use crate::flaw::{Field, Flaw};

impl Issuer {
    /// Reads settings.
    ///
    /// # Errors
    /// [`Flaw`] with the setting that breaks a rule. An issuer that serves the whole world needs a condition
    /// that says to whom of it a token belongs.
    pub fn parse(settings: IssuerSettings) -> Result<Self, Flaw> {
        demand_text("issuer", &settings.issuer)?;
        for (field, text) in
            [("display_name", &settings.display_name), ("client_id", &settings.client_id)]
        {
            text.as_ref().map_or(Ok(()), |text| demand_text(field, text))?;
        }
        sign_in_page::demand(&settings)?;
        let alias = settings.alias.as_deref().map(IssuerAlias::parse).transpose();
        let alias = alias.map_err(Flaw::of(Field::Issuer("alias")))?;
        let issuer = Self {
            users: users(&settings, alias.as_ref())?,
            alias,
            keys: keys(&settings)?,
            audiences: Audiences::of(&settings)?,
            algorithms: Algorithms::of(&settings.algorithms),
            claims: ClaimNames::of(&settings)?,
            groups: GroupShape::of(&settings)?,
            projects: IssuerProjects::of(&settings)?,
            conditions: Condition::all(&settings)?,
            life: TokenLife::of(&settings)?,
            settings,
        };
        if let Some(claims) = world::missing(issuer.name(), &issuer.conditions) {
            let rule = format!(
                "`{}` signs tokens for the whole world: name whose are accepted, by a condition on one \
                 of {}",
                issuer.name(),
                claims.join(", ")
            );
            return Err(Flaw::new(Field::Issuer("conditions"), rule));
        }
        Ok(issuer)
    }
}

fn keys(settings: &IssuerSettings) -> Result<KeyPlace, Flaw> {
    let place = match &settings.keys {
        Some(text) => KeyPlace::parse(text),
        None => KeyPlace::discovered(&settings.issuer).map_err(|rule| {
            format!("`{}` is no place where keys are discovered: {rule}", settings.issuer)
        }),
    };
    place.map_err(|rule| Flaw::new(Field::Issuer("keys"), rule))
}

fn users(settings: &IssuerSettings, own: Option<&IssuerAlias>) -> Result<Users, Flaw> {
    const FIELD: Field = Field::Issuer("merge_identities");
    let Some(text) = settings.merge_identities.as_deref() else { return Ok(Users::Own) };
    if own.is_none() {
        return Err(Flaw::new(FIELD, "the default issuer's users have their own ids"));
    }
    if text == IssuerAlias::DEFAULT {
        return Ok(Users::Default);
    }
    IssuerAlias::parse(text).map(Users::Of).map_err(Flaw::of(FIELD))
}
