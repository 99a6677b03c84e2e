//! Requests read, answers written.

use std::collections::BTreeSet;

use chrono::DateTime;

use super::*;
use crate::access_key::SecretAccessKey;
use crate::caller::{Caller, User};
use crate::limits::MAX_STS_REQUEST;
use crate::names::{OperatorName, ProjectId, SubjectId};
use crate::secret::Secret;
use crate::session::{SessionId, SessionLife};

const ROLE: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fcargo&RoleSessionName=app-1";

fn read(query: &str, body: &str) -> Result<StsRequest, StsError> {
    StsRequest::read(query, body.as_bytes())
}

fn refused(query: &str, body: &str) -> StsError {
    read(query, body).unwrap_err()
}

#[test]
fn g28_parameters_are_of_the_query_or_of_the_form() {
    let all = format!("Action=AssumeRole&Version=2011-06-15&{ROLE}&DurationSeconds=900");
    for (query, body) in [(&*all, ""), ("", &*all)] {
        let Ok(StsRequest::AssumeRole(asked)) = read(query, body) else { panic!() };
        assert_eq!(asked.life, SessionLife::parse(Some("900")).unwrap());
        assert_eq!(
            asked.remark,
            "RoleArn=arn:aws:iam::000000000000:role/cargo, RoleSessionName=app-1"
        );
    }
    let merged = refused("Action=AssumeRole&Version=2011-06-15", ROLE);
    assert_eq!(merged.code(), "ValidationError", "{merged}");
    let smuggled = refused("Action=GetCallerIdentity", "Action=AssumeRole");
    assert_eq!(smuggled.code(), "ValidationError");
}

#[test]
fn g28_what_a_request_lacks_or_has_twice_is_refused() {
    let action = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
    let token = "WebIdentityToken=a.b.c";
    for (body, code) in [
        (String::new(), "InvalidAction"),
        ("Action=".to_owned(), "InvalidAction"),
        ("Action=GetFederationToken".to_owned(), "InvalidAction"),
        ("Action=AssumeRoleWithSAML".to_owned(), "InvalidAction"),
        ("Action=assumerole".to_owned(), "InvalidAction"),
        ("Action=GetCallerIdentity&Version=2010-05-08".to_owned(), "InvalidAction"),
        (format!("{action}&{token}"), "ValidationError"),
        (format!("{action}&{ROLE}"), "ValidationError"),
        (format!("{action}&{ROLE}&WebIdentityToken="), "ValidationError"),
        (format!("{action}&{ROLE}&{token}&DurationSeconds=899"), "ValidationError"),
        (format!("{action}&{ROLE}&{token}&DurationSeconds=43201"), "ValidationError"),
        (format!("{action}&{ROLE}&{token}&DurationSeconds=an+hour"), "ValidationError"),
        (format!("{action}&{ROLE}&{token}&PolicyArns.member.1.arn=a"), "ValidationError"),
        (format!("{action}&{ROLE}&{token}&{token}"), "ValidationError"),
        (format!("{action}&{ROLE}&WebIdentityToken=%FF"), "ValidationError"),
        (format!("{action}&{token}&RoleArn=short&RoleSessionName=app"), "ValidationError"),
        (format!("{action}&{token}&{}", ROLE.replace("app-1", "a")), "ValidationError"),
        (format!("{action}&{token}&{}", ROLE.replace("app-1", "a b")), "ValidationError"),
        ("Action=GetSessionToken&SerialNumber=x&TokenCode=1".to_owned(), "ValidationError"),
        (format!("Action=AssumeRole&{}", "a".repeat(MAX_STS_REQUEST)), "ValidationError"),
    ] {
        assert_eq!(refused("", &body).code(), code, "{}", &body[..body.len().min(200)]);
    }
}

#[test]
fn g28_the_line_break_of_a_token_file_is_no_part_of_the_token() {
    let action = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
    let body = format!("{action}&{ROLE}&WebIdentityToken=a.b.c%0A");
    let Ok(StsRequest::AssumeRoleWithWebIdentity { token, .. }) = read("", &body) else { panic!() };
    assert_eq!(token.expose(), "a.b.c");
    let blank = format!("{action}&{ROLE}&WebIdentityToken=%0A");
    assert_eq!(refused("", &blank).code(), "ValidationError");
}

#[test]
fn g28_a_token_is_read_and_never_printed() {
    let body = format!(
        "Action=AssumeRoleWithWebIdentity&{ROLE}&WebIdentityToken=abc%2Edef.gh%2Bi&ProviderId=x&\
         Policy=%7B%7D&Tags.member.1.Key=team&Tags.member.1.Value=a+b&ExternalId=e"
    );
    let request = read("", &body).unwrap();
    assert!(!format!("{request:?}").contains("abc"));
    let StsRequest::AssumeRoleWithWebIdentity { token, asked } = request else { panic!() };
    assert_eq!((token.expose(), asked.policy.as_deref()), ("abc.def.gh+i", Some("{}")));
    assert_eq!(asked.life, SessionLife::default());
    assert!(asked.remark.ends_with(
        "RoleSessionName=app-1, ExternalId=e, Tags.member.1.Key=team, Tags.member.1.Value=a b"
    ));
    assert!(StsRequest::is_web_identity("", body.as_bytes()));
    assert!(!StsRequest::is_web_identity("", b"Action=AssumeRole"));
    assert!(matches!(read("Action=GetCallerIdentity", ""), Ok(StsRequest::GetCallerIdentity)));
    assert!(matches!(read("", "Action=GetSessionToken"), Ok(StsRequest::GetSessionToken(_))));
}

fn ada(project: &str) -> Caller {
    Caller::User(User {
        project: ProjectId::parse(project).unwrap(),
        id: SubjectId::parse("ada&co").unwrap(),
        groups: BTreeSet::new(),
        service_account: false,
        expires_at: DateTime::UNIX_EPOCH,
        signed_in_at: None,
        epoch: None,
        via: None,
    })
}

#[test]
fn g28_who_asks_has_an_arn_of_twelve_digits() {
    let one = Identity::of(&ada("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21")).unwrap();
    let other = Identity::of(&ada("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001")).unwrap();
    assert_ne!(one.account, other.account);
    for Identity { account, arn, user_id } in [one, other] {
        assert!(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(arn, format!("arn:aws:sts::{account}:assumed-role/cargo/ada&co"));
        assert_eq!(user_id, "CARGO:ada&co");
    }
    let operator = Caller::Operator { name: OperatorName::server(), project: None };
    assert_eq!(Identity::of(&operator), None);
}

fn issued() -> Issued {
    Issued {
        id: SessionId::parse("CGASJ4ZQ2M5T7VB3KX6N").unwrap(),
        secret: SecretAccessKey::parse(Secret::new("a1B2".repeat(10))).unwrap(),
        token: Secret::new("t".repeat(512)),
        expires_at: "2027-01-15T08:00:00Z".parse().unwrap(),
    }
}

#[test]
fn g28_answers_are_the_documents_that_sdks_read() {
    let identity = Identity {
        account: "000000000007".to_owned(),
        arn: "arn:aws:sts::000000000007:assumed-role/cargo/ada".to_owned(),
        user_id: "CARGO:ada".to_owned(),
    };
    let token = "t".repeat(512);
    let secret = "a1B2".repeat(10);
    let credentials = format!(
        "<Credentials><AccessKeyId>CGASJ4ZQ2M5T7VB3KX6N</AccessKeyId><SecretAccessKey>{secret}\
         </SecretAccessKey><SessionToken>{token}</SessionToken>\
         <Expiration>2027-01-15T08:00:00Z</Expiration></Credentials>"
    );
    let role = "<AssumedRoleUser><Arn>arn:aws:sts::000000000007:assumed-role/cargo/ada</Arn>\
                <AssumedRoleId>CARGO:ada</AssumedRoleId></AssumedRoleUser>\
                <PackedPolicySize>25</PackedPolicySize>";
    let document = |name: &str, result: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}Response \
             xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{name}Result>{result}</{name}Result>\
             <ResponseMetadata><RequestId>018f</RequestId></ResponseMetadata></{name}Response>"
        )
    };
    let web = StsAnswer::AssumeRoleWithWebIdentity(issued(), identity.clone(), "a<b".to_owned());
    let subject = "<SubjectFromWebIdentityToken>a&lt;b</SubjectFromWebIdentityToken>";
    assert_eq!(
        web.document("018f"),
        document("AssumeRoleWithWebIdentity", &format!("{credentials}{role}{subject}"))
    );
    assert!(!format!("{web:?}").contains(&token));
    let assumed = StsAnswer::AssumeRole(issued(), identity.clone()).document("018f");
    assert_eq!(assumed, document("AssumeRole", &format!("{credentials}{role}")));
    let session = StsAnswer::GetSessionToken(issued()).document("018f");
    assert_eq!(session, document("GetSessionToken", &credentials));
    let who = "<Arn>arn:aws:sts::000000000007:assumed-role/cargo/ada</Arn><UserId>CARGO:ada</UserId>\
               <Account>000000000007</Account>";
    let identity = StsAnswer::GetCallerIdentity(identity).document("018f");
    assert_eq!(identity, document("GetCallerIdentity", who));
}

#[test]
fn g28_errors_are_of_the_sender_or_of_the_receiver() {
    for (error, status, code) in [
        (StsError::InvalidClientTokenId, 403, "InvalidClientTokenId"),
        (StsError::SignatureDoesNotMatch, 403, "SignatureDoesNotMatch"),
        (StsError::ExpiredToken, 403, "ExpiredToken"),
        (StsError::ExpiredWebIdentity(String::new()), 400, "ExpiredTokenException"),
        (StsError::InvalidIdentityToken(String::new()), 400, "InvalidIdentityToken"),
        (StsError::IdpCommunication(String::new()), 400, "IDPCommunicationError"),
        (StsError::MalformedPolicy(String::new()), 400, "MalformedPolicyDocument"),
        (StsError::PackedPolicyTooLarge(3000), 400, "PackedPolicyTooLarge"),
        (StsError::Validation(String::new()), 400, "ValidationError"),
        (refused("", "Action=x"), 400, "InvalidAction"),
    ] {
        assert_eq!((error.status(), error.code()), (status, code));
    }
    assert_eq!(
        StsError::Validation("a < b".to_owned()).document("018f"),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse \
         xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>ValidationError</Code><Message>a &lt; b</Message></Error>\
         <RequestId>018f</RequestId></ErrorResponse>"
    );
    assert!(StsError::Unavailable.document("018f").contains("<Type>Receiver</Type>"));
}
