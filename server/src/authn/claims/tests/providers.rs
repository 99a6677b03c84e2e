//! Tokens in the shapes of well-known providers, read by the settings that docs/issuers.md shows for each.

use super::*;

/// What is read of a token of an issuer with these settings. The token must find its issuer by its own `iss`
/// and `aud`.
fn read(settings: &str, mut claims: Value) -> Result<CheckedClaims, TokenError> {
    let settings: IssuerSettings = toml::from_str(settings).unwrap();
    let issuer = Issuer::parse(settings.clone()).unwrap();
    let audiences: Vec<String> = match &claims["aud"] {
        Value::String(one) => vec![one.clone()],
        many => serde_json::from_value(many.clone()).unwrap(),
    };
    let alone = IssuerSet::of([issuer]).unwrap();
    assert_eq!(alone.find(claims["iss"].as_str().unwrap(), &audiences), Ok(0));
    claims["iat"] = json!(NOW);
    claims["exp"] = json!(NOW + 3600);
    judge(&settings, &claims.to_string())
}

/// The user and the groups, and that there is nothing to remark on.
fn said(settings: &str, claims: Value) -> (String, Vec<String>) {
    let reading = read(settings, claims).unwrap();
    assert!(reading.remarks.is_empty(), "{:?}", reading.remarks);
    let groups = groups(&reading).into_iter().map(str::to_owned).collect();
    (reading.claims.user.to_string(), groups)
}

fn code(settings: &str, claims: Value) -> &'static str {
    read(settings, claims).unwrap_err().code()
}

#[test]
fn keycloak() {
    let settings = r#"
        alias = "keycloak"
        issuer = "https://id.example.com/realms/acme"
        audiences = ["cargo"]
        groups_claim = "realm_access.roles"
        project = "photos"
    "#;
    let claims = json!({
        "iss": "https://id.example.com/realms/acme", "aud": ["cargo", "account"],
        "sub": "4b1f7ab0-5a3c-4a52-9d3c-0f5a8a8e6a11", "typ": "Bearer", "azp": "web",
        "jti": "onrtac:0f1c", "sid": "c2f4", "acr": "1", "scope": "openid profile",
        "realm_access": { "roles": ["staff", "offline_access"] },
        "resource_access": { "account": { "roles": ["view-profile"] } },
        "preferred_username": "ada", "email_verified": true,
    });
    let (user, groups) = said(settings, claims.clone());
    assert_eq!(user, "keycloak:4b1f7ab0-5a3c-4a52-9d3c-0f5a8a8e6a11");
    assert_eq!(groups, ["keycloak:offline_access", "keycloak:staff"]);
    // The mapper "Group Membership" writes full paths.
    let mapped = settings.replace("realm_access.roles", "groups");
    let mut claims = claims;
    claims["groups"] = json!(["/staff/night"]);
    assert_eq!(said(&mapped, claims).1, ["keycloak:/staff/night"]);
}

#[test]
fn entra_id_v2() {
    let settings = r#"
        alias = "entra"
        issuer = "https://login.microsoftonline.com/8f0e7c5a-1f3b-4d0e-9a77-3b6f2d9a1c44/v2.0"
        audiences = ["6e74172b-be56-4843-9ff4-e66a39bb12e3"]
        user_claims = ["oid"]
        project = "photos"
    "#;
    let claims = json!({
        "iss": "https://login.microsoftonline.com/8f0e7c5a-1f3b-4d0e-9a77-3b6f2d9a1c44/v2.0",
        "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "ver": "2.0",
        "tid": "8f0e7c5a-1f3b-4d0e-9a77-3b6f2d9a1c44",
        "oid": "00000000-0000-0000-66f3-3332eca7ea81", "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "azp": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "azpacr": "0", "scp": "access",
        "groups": ["0e129f5b-6b0a-4944-982d-f776045632af"], "nbf": NOW,
    });
    let (user, groups) = said(settings, claims.clone());
    assert_eq!(user, "entra:00000000-0000-0000-66f3-3332eca7ea81");
    assert_eq!(groups, ["entra:0e129f5b-6b0a-4944-982d-f776045632af"]);
    // The overage: more than 200 groups are in no token.
    let mut many = claims;
    many.as_object_mut().unwrap().remove("groups");
    many["_claim_names"] = json!({ "groups": "src1" });
    many["_claim_sources"] = json!({ "src1": { "endpoint": "https://graph.microsoft.com/…" } });
    let reading = read(settings, many.clone()).unwrap();
    assert!(reading.claims.groups.is_empty());
    assert_eq!(reading.remarks, [Remark::GroupsElsewhere].into());
    assert_eq!(code(&format!("{settings}\ngroups_required = true"), many), "groups_missing");
}

#[test]
fn okta() {
    let settings = r#"
        alias = "okta"
        issuer = "https://acme.okta.com/oauth2/default"
        audiences = ["api://default"]
        project = "photos"
    "#;
    let claims = json!({
        "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": "https://acme.okta.com/oauth2/default", "aud": "api://default",
        "cid": "0oa1gjh63g214q0Hq0g4", "uid": "00ujmkLgagxeRrAg20g3", "scp": ["openid", "groups"],
        "sub": "ada@acme.example", "auth_time": NOW - 60, "groups": ["Everyone", "Staff, North"],
    });
    let (user, groups) = said(settings, claims.clone());
    assert_eq!(
        (&*user, &*groups.join("|")),
        ("okta:ada@acme.example", "okta:Everyone|okta:Staff, North")
    );
    assert!(read(settings, claims).unwrap().claims.signed_in_at.is_some());
}

#[test]
fn auth0() {
    let settings = r#"
        alias = "auth0"
        issuer = "https://acme.eu.auth0.com/"
        audiences = ["https://cargo.example.com"]
        groups_claim = "https://acme.example/groups"
        project_claim = "https://acme.example/project"
    "#;
    let claims = json!({
        "iss": "https://acme.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "aud": ["https://cargo.example.com", "https://acme.eu.auth0.com/userinfo"],
        "azp": "my_client_id", "scope": "openid profile",
        "https://acme.example/groups": ["staff"], "https://acme.example/project": "photos",
    });
    let reading = read(settings, claims).unwrap();
    assert_eq!(reading.claims.user.as_str(), "auth0:auth0|5f7c8ec7c33c6c004bbafe82");
    assert_eq!(groups(&reading), ["auth0:staff"]);
    assert_eq!(reading.claims.project.as_deref(), Some("photos"));
}

#[test]
fn google() {
    let settings = r#"
        alias = "google"
        issuer = "https://accounts.google.com"
        audiences = ["407408718192.apps.googleusercontent.com"]
        project = "photos"
        [conditions]
        hd = ["acme.example"]
    "#;
    let claims = json!({
        "iss": "https://accounts.google.com", "azp": "407408718192.apps.googleusercontent.com",
        "aud": "407408718192.apps.googleusercontent.com", "sub": "110169484474386276334",
        "hd": "acme.example", "email": "ada@acme.example", "email_verified": true,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "nonce": "0394852",
    });
    assert_eq!(said(settings, claims.clone()), ("google:110169484474386276334".to_owned(), vec![]));
    let mut private = claims.clone();
    private.as_object_mut().unwrap().remove("hd");
    assert_eq!(code(settings, private), "condition_not_met", "a private account has no `hd`");
    let mut other = claims;
    other["hd"] = json!("evil.example");
    assert_eq!(code(settings, other), "condition_not_met");
}

#[test]
fn github_actions() {
    let settings = r#"
        alias = "github"
        issuer = "https://token.actions.githubusercontent.com"
        audiences = ["https://cargo.example.com"]
        groups_claim = "repository"
        project = "photos"
        [conditions]
        repository_owner = ["acme"]
        ref_protected = ["true"]
    "#;
    let claims = json!({
        "jti": "example-id", "sub": "repo:acme/site:environment:prod", "environment": "prod",
        "aud": "https://cargo.example.com", "ref": "refs/heads/main", "ref_type": "branch",
        "ref_protected": "true", "sha": "example-sha", "repository": "acme/site",
        "repository_id": "74", "repository_owner": "acme", "repository_owner_id": "65",
        "repository_visibility": "private", "run_id": "example-run-id", "run_number": "10",
        "actor": "octocat", "actor_id": "12", "workflow": "deploy", "event_name": "push",
        "job_workflow_ref": "acme/ci/.github/workflows/deploy.yml@refs/heads/main",
        "iss": "https://token.actions.githubusercontent.com", "nbf": NOW,
    });
    let (user, groups) = said(settings, claims.clone());
    assert_eq!(user, "github:repo:acme/site:environment:prod");
    assert_eq!(groups, ["github:acme/site"]);
    for (claim, value) in [("repository_owner", "evil"), ("ref_protected", "false")] {
        let mut other = claims.clone();
        other[claim] = json!(value);
        assert_eq!(code(settings, other), "condition_not_met", "{claim}");
    }
}

#[test]
fn kubernetes_service_accounts() {
    let settings = r#"
        alias = "k8s"
        issuer = "https://kubernetes.default.svc.cluster.local"
        keys = "https://kubernetes.default.svc.cluster.local/openid/v1/jwks"
        audiences = ["cargo"]
        groups_claim = "kubernetes.io.namespace"
        project = "photos"
    "#;
    let claims = json!({
        "aud": ["cargo"], "iss": "https://kubernetes.default.svc.cluster.local",
        "jti": "aed34954-b33a-4142-b1ec-389d6bbb4936", "nbf": NOW,
        "kubernetes.io": {
            "namespace": "web",
            "node": { "name": "node-1", "uid": "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1" },
            "pod": { "name": "uploader-0", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3" },
            "serviceaccount": { "name": "uploader", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798" },
        },
        "sub": "system:serviceaccount:web:uploader",
    });
    let (user, groups) = said(settings, claims);
    assert_eq!(user, "k8s:system:serviceaccount:web:uploader");
    assert_eq!(groups, ["k8s:web"]);
}

#[test]
fn dex() {
    let settings = r#"
        alias = "dex"
        issuer = "https://dex.example.com/dex"
        audiences = ["cargo"]
        project = "photos"
    "#;
    let claims = json!({
        "iss": "https://dex.example.com/dex", "sub": "CgNhZGESBmdpdGh1Yg", "aud": "cargo",
        "at_hash": "7WZ0ztdrHGMX8z4nrDvjSQ", "c_hash": "x", "email": "ada@acme.example",
        "email_verified": true, "groups": ["acme", "acme:staff"], "name": "Ada",
        "federated_claims": { "connector_id": "github", "user_id": "ada" },
    });
    let (user, groups) = said(settings, claims);
    assert_eq!(user, "dex:CgNhZGESBmdpdGh1Yg");
    assert_eq!(groups, ["dex:acme", "dex:acme:staff"]);
}

#[test]
fn rauthy() {
    let settings = r#"
        alias = "rauthy"
        issuer = "https://id.example.com/auth/v1"
        audiences = ["cargo"]
        algorithms = ["EdDSA"]
        project = "photos"
    "#;
    let claims = json!({
        "iss": "https://id.example.com/auth/v1", "aud": "cargo", "azp": "cargo", "typ": "Bearer",
        "nbf": NOW, "sub": "C0FfLx8OZfbLzxzjGyV6hXqv", "scope": "openid groups",
        "preferred_username": "ada", "uid": "C0FfLx8OZfbLzxzjGyV6hXqv",
        "roles": ["rauthy_admin"], "groups": ["staff"],
    });
    let (user, groups) = said(settings, claims);
    assert_eq!((&*user, &*groups[0]), ("rauthy:C0FfLx8OZfbLzxzjGyV6hXqv", "rauthy:staff"));
    let settings: IssuerSettings = toml::from_str(settings).unwrap();
    let algorithms = Issuer::parse(settings).unwrap().algorithms().clone();
    assert!(algorithms.named("EdDSA").is_some() && algorithms.named("RS256").is_none());
}

#[test]
fn zitadel() {
    let settings = r#"
        alias = "zitadel"
        issuer = "https://acme.zitadel.cloud"
        audiences = ["204901823908741123@photos"]
        groups_claim = "urn:zitadel:iam:org:project:roles"
        project = "photos"
    "#;
    let claims = json!({
        "iss": "https://acme.zitadel.cloud", "sub": "204901823908741999",
        "aud": ["204901823908741123@photos", "204901823908741000"], "nbf": NOW, "amr": ["pwd"],
        "auth_time": NOW - 60, "azp": "204901823908741123@photos", "client_id": "204901823908741123@photos",
        "urn:zitadel:iam:org:project:roles": {
            "staff": { "204901823908700001": "acme.zitadel.cloud" },
            "night": { "204901823908700001": "acme.zitadel.cloud" },
        },
    });
    let (user, groups) = said(settings, claims);
    assert_eq!(user, "zitadel:204901823908741999");
    assert_eq!(groups, ["zitadel:night", "zitadel:staff"]);
}

#[test]
fn the_page_shows_settings_that_are_accepted() {
    let page = include_str!("../../../../../docs/issuers.md");
    let mut aliases = BTreeSet::new();
    for block in page.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap().trim_start_matches("[[auth.issuers]]\n");
        let settings: IssuerSettings = toml::from_str(text).unwrap();
        let issuer = Issuer::parse(settings);
        aliases.insert(issuer.unwrap_or_else(|flaw| panic!("{text}: {flaw}")).called().to_owned());
    }
    assert_eq!(aliases.len(), 10, "{aliases:?}");
}
