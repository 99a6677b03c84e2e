//! All ways to ask give the answer of the reference implementation: check, bulk check, lists of
//! buckets and of subjects, explain, and a copy made by export and import.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use reqwest::Method;
use sail_cargo_client::protocol::{
    Batch, BatchAnswer, BatchItem, BucketPermissions, CheckRequest, CheckResponse, Explanation,
    Grant, GrantLine, GrantsChanged, Page, Permission, Permissions, PrefixKind, PrefixPermissions,
    SubjectKind, SubjectPermissions, allows,
};
use serde_json::{Value, json};

use crate::agree::{instant, prefix_kind};
use crate::effort::effort;
use crate::generate::{BUCKETS, Dice, NOW, USERS};
use crate::harness::{Actor, ENDPOINT, TestApp, on_both};
use crate::reference::{Bits, Requester, State};

/// The number of states on each database; 500 together.
const STATES: usize = 250;
const KEYS: [&str; 4] = ["x", "a/b/x", "a/ada/b/x", "ada/x"];
const EACH: [(Bits, Permission); 5] = [
    (1, Permission::Read),
    (2, Permission::Write),
    (4, Permission::Delete),
    (8, Permission::Admin),
    (16, Permission::List),
];

fn permissions(bits: Bits) -> Permissions {
    EACH.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, permission)| *permission).collect()
}

fn at(micros: Option<i64>) -> Option<DateTime<Utc>> {
    micros.map(instant)
}

fn kind(letter: char) -> SubjectKind {
    match letter {
        'u' => SubjectKind::User,
        'g' => SubjectKind::Group,
        't' => SubjectKind::TokenGroup,
        'k' => SubjectKind::Authenticated,
        _ => SubjectKind::Public,
    }
}

/// A project that is set to one state after another.
struct Project<'a> {
    app: &'a TestApp,
    slug: &'static str,
    root: Actor,
    /// A suffix for its buckets' names: two projects of a store have no bucket in common.
    mark: &'static str,
}

impl Project<'_> {
    fn bucket(&self, name: &str) -> String {
        format!("{name}{}", self.mark)
    }

    /// The operator, acting in this project.
    fn operator(&self) -> Actor {
        self.app.actor(&crate::harness::Proof {
            key: Some(self.app.secrets.operator_key.clone()),
            project: Some(self.slug.to_owned()),
            ..Default::default()
        })
    }

    async fn set(&self, state: &State) {
        let operator = self.operator();
        let path = format!("/v1/projects/{}", self.slug);
        let rules =
            json!({ "status": "active", "default_permissions": permissions(state.default) });
        operator.send(operator.request(Method::PATCH, &path).json(&rules)).await.ok::<Value>();
        for name in BUCKETS {
            let path = format!("/v1/buckets/{}", self.bucket(name));
            operator.delete(&path).await.done();
            let found = state.buckets.iter().find(|(bucket, ..)| bucket == name);
            if let Some((_, public, ceiling)) = found {
                let rules = json!({ "public_permissions": permissions(*public),
                    "ceiling": permissions(*ceiling) });
                operator.put(&path, &rules).await.ok::<Value>();
            }
        }
        let there: Page<Value> = self.root.get("/v1/groups?page_size=1000").await.ok();
        for group in there.items {
            let group = group["name"].as_str().unwrap().to_owned();
            let path = format!("/v1/groups/{group}/members");
            let members: Page<Value> = self.root.get(&path).await.ok();
            for member in members.items {
                let user = encode(member["user"].as_str().unwrap());
                self.root.delete(&format!("{path}/{user}")).await.done();
            }
        }
        for member in &state.members {
            let path = format!("/v1/groups/{}/members/{}", member.group, encode(&member.user));
            let until = json!({ "expires_at": at(member.until) });
            self.root.put(&path, &until).await.ok::<Value>();
        }
        let lines: Vec<GrantLine> = state
            .grants
            .iter()
            .map(|grant| GrantLine {
                bucket: self.bucket(&grant.bucket),
                prefix: grant.prefix.clone(),
                prefix_kind: prefix_kind(grant.read),
                kind: kind(grant.kind),
                subject: grant.subject.clone(),
                permissions: permissions(grant.bits),
                not_before: at(grant.from),
                expires_at: at(grant.until),
                reason: None,
            })
            .collect();
        self.import(&lines).await;
        if !state.active {
            let rules = json!({ "status": "suspended" });
            operator.send(operator.request(Method::PATCH, &path).json(&rules)).await.ok::<Value>();
        }
    }

    async fn import(&self, lines: &[GrantLine]) {
        if lines.is_empty() {
            return;
        }
        let lines: Vec<String> =
            lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
        let request = self.root.request(Method::POST, "/v1/grants/import");
        let request = request.header("content-type", "application/x-ndjson").body(lines.join("\n"));
        self.root.send(request).await.ok::<GrantsChanged>();
    }

    /// The whole listing, page by page.
    async fn export(&self, page_size: usize) -> Vec<Grant> {
        let mut grants = Vec::new();
        let mut token = String::new();
        loop {
            let path = format!("/v1/grants?page_size={page_size}{token}");
            let page: Page<Grant> = self.root.get(&path).await.ok();
            grants.extend(page.items);
            let Some(next) = page.next_page_token else { return grants };
            token = format!("&page_token={next}");
        }
    }

    async fn bulk(&self, questions: Vec<CheckRequest>) -> Vec<bool> {
        let batch = Batch { items: questions };
        let answers: BatchAnswer<CheckResponse> =
            self.root.post("/v1/check/batch", &batch).await.ok();
        let decision = |item| match item {
            BatchItem::Ok { answer } => CheckResponse::clone(&answer).decision,
            BatchItem::Failed { problem } => panic!("{problem:?}"),
        };
        answers.items.into_iter().map(decision).collect()
    }

    /// All questions about users whose tokens name `groups`.
    fn questions(&self, groups: &[String]) -> Vec<CheckRequest> {
        let mut questions = Vec::new();
        for user in USERS {
            for bucket in BUCKETS {
                for key in KEYS {
                    for (_, permission) in EACH {
                        questions.push(CheckRequest {
                            action: serde_json::to_value(permission)
                                .unwrap()
                                .as_str()
                                .unwrap()
                                .to_owned(),
                            bucket: self.bucket(bucket),
                            key: Some(key.to_owned()),
                            user: Some(user.to_owned()),
                            groups: groups.to_vec(),
                            ..CheckRequest::default()
                        });
                    }
                }
            }
        }
        questions
    }
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        write!(path, "%{byte:02X}").unwrap();
        path
    })
}

/// Whether `user`, who holds this or is one of those who do, may do what they ask about.
fn covers(
    whole: &Permissions,
    below: &[PrefixPermissions],
    user: &str,
    key: &str,
    need: Permission,
) -> bool {
    let own = |part: &PrefixPermissions| match part.prefix_kind {
        PrefixKind::Template => part.prefix.replace("${user}", user),
        _ => part.prefix.clone(),
    };
    let below = below.iter().filter(|part| key.starts_with(&own(part)));
    allows(whole, need) || below.into_iter().any(|part| allows(&part.permissions, need))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_ask_has_the_same_answer() {
    on_both(async |app| {
        let other = app.with_key(&app.make_neighbour("copy").await);
        let here = Project { app, slug: "sail", root: app.root(), mark: "" };
        let copy = Project { app, slug: "copy", root: other, mark: "-x" };
        let mut dice = Dice::seeded(500);
        for number in 0..effort(STATES) {
            let state = dice.state();
            here.set(&state).await;
            assert_eq!(app.clock.now(), instant(NOW));
            let groups = dice.groups();
            let questions = here.questions(&groups);
            let mut bulk = Vec::new();
            for chunk in questions.chunks(1000) {
                bulk.extend(here.bulk(chunk.to_vec()).await);
            }
            let mut index = 0;
            for user in USERS {
                let requester = Requester { user: user.to_owned(), groups: groups.clone() };
                for bucket in BUCKETS {
                    for key in KEYS {
                        for (bit, permission) in EACH {
                            let plain = state.allows(&requester, bucket, key, bit, NOW);
                            let question = &questions[index];
                            assert_eq!(
                                bulk[index], plain,
                                "state {number}: {question:?} {permission:?} {state:#?}"
                            );
                            index += 1;
                        }
                    }
                }
            }
            one_by_one(&here, &mut dice, &questions, &bulk).await;
            lists(&here, &groups, &questions, &bulk, number).await;

            // A copy of the grants gives the same answers.
            let grants = here.export(1000).await;
            let small = *dice.one(&[1, 2, 7]);
            if number % 10 == 0 {
                assert_eq!(here.export(small).await, grants, "pages of {small}");
            }
            let bare = State { grants: Vec::new(), ..state.clone() };
            copy.set(&State { active: true, ..bare }).await;
            let lines: Vec<GrantLine> = grants
                .into_iter()
                .map(|grant| GrantLine {
                    bucket: copy.bucket(&grant.bucket),
                    prefix: grant.prefix,
                    prefix_kind: grant.prefix_kind,
                    kind: grant.kind,
                    subject: grant.subject,
                    permissions: grant.permissions,
                    not_before: grant.not_before,
                    expires_at: grant.expires_at,
                    reason: grant.reason,
                })
                .collect();
            copy.import(&lines).await;
            if state.active {
                let mut copied = Vec::new();
                for chunk in copy.questions(&groups).chunks(1000) {
                    copied.extend(copy.bulk(chunk.to_vec()).await);
                }
                assert_eq!(copied, bulk, "state {number}");
            }
        }
    })
    .await;
}

/// Asks some of the questions singly, and through `explain`.
async fn one_by_one(
    here: &Project<'_>,
    dice: &mut Dice,
    questions: &[CheckRequest],
    bulk: &[bool],
) {
    for _ in 0..3 {
        let index = dice.roll(questions.len());
        let question = &questions[index];
        let told: CheckResponse = here.root.post("/v1/check", question).await.ok();
        assert_eq!(told.decision, bulk[index], "{question:?}");
        let method = match question.action.as_str() {
            "read" => "GET",
            "write" => "PUT",
            "delete" => "DELETE",
            _ => continue,
        };
        let url = format!("{ENDPOINT}/{}/{}", question.bucket, question.key.as_ref().unwrap());
        let request = json!({ "method": method, "url": url, "payload": "UNSIGNED-PAYLOAD" });
        let (user, groups) = (&question.user, &question.groups);
        let asked = json!({ "request": request, "user": user, "groups": groups });
        let trace: Explanation = here.root.post("/v1/explain", &asked).await.ok();
        assert_eq!(trace.allowed, bulk[index], "{question:?}: {trace:#?}");
    }
}

/// Compares the buckets that each user holds a permission in, and the subjects that hold one in
/// each bucket.
async fn lists(
    here: &Project<'_>,
    groups: &[String],
    questions: &[CheckRequest],
    bulk: &[bool],
    number: usize,
) {
    let need = |question: &CheckRequest| -> Permission {
        serde_json::from_value(question.action.as_str().into()).unwrap()
    };
    for user in USERS {
        let names = encode(&groups.join(","));
        let path = format!("/v1/users/{}/permissions?groups={names}", encode(user));
        let held: Page<BucketPermissions> = here.root.get(&path).await.ok();
        let of_user =
            questions.iter().zip(bulk).filter(|(one, _)| one.user.as_deref() == Some(user));
        for (question, decision) in of_user {
            let key = question.key.as_deref().unwrap();
            let there = held.items.iter().filter(|one| one.bucket == question.bucket);
            let listed = there
                .into_iter()
                .any(|one| covers(&one.permissions, &one.prefixes, user, key, need(question)));
            assert_eq!(listed, *decision, "state {number}: {question:?}");
        }
    }
    for bucket in BUCKETS {
        let bucket = here.bucket(bucket);
        let path = format!("/v1/buckets/{bucket}/access?page_size=1000");
        let answer = here.root.get(&path).await;
        let all: Vec<SubjectPermissions> = match answer.status {
            404 => Vec::new(),
            _ => answer.ok::<Page<SubjectPermissions>>().items,
        };
        for (question, decision) in
            questions.iter().zip(bulk).filter(|(one, _)| one.bucket == bucket)
        {
            let (key, user) = (question.key.as_deref().unwrap(), question.user.as_deref().unwrap());
            let own = all.iter().find(|one| one.kind == SubjectKind::User && one.subject == user);
            // A user named by no grant holds what everybody with a token holds.
            let everybody = || all.iter().find(|one| one.kind == SubjectKind::Authenticated);
            let by_token = all.iter().filter(|one| {
                assert_eq!(one.members_unknown, one.kind == SubjectKind::TokenGroup);
                one.members_unknown && groups.contains(&one.subject)
            });
            let listed = own
                .or_else(everybody)
                .into_iter()
                .chain(by_token)
                .any(|one| covers(&one.permissions, &one.prefixes, user, key, need(question)));
            assert_eq!(listed, *decision, "state {number}: {question:?} {all:#?}");
        }
    }
}
