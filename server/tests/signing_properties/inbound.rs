//! What comes in at the gateway: the head of a request, a body in chunks.

use chrono::{DateTime, Utc};
use sail_cargo_server::domain::Secret;
use sail_cargo_server::domain::s3::Operation;
use sail_cargo_server::domain::sigv4::inbound::{Claim, Head, Proof, Regions, read, strip};
use sail_cargo_server::domain::sigv4::{BodyReader, DayKeys, ProofError};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The headers of an upload in each form, signed with the secret.
const UPLOADS: [&str; 3] = [
    include_str!("uploads/signed.txt"),
    include_str!("uploads/signed-trailer.txt"),
    include_str!("uploads/unsigned-trailer.txt"),
];

/// A head in the form `METHOD TARGET`, header lines, an empty line. Whatever it is, it is read or
/// refused by name; no signature that nobody made is right; nothing of the proof is left over.
pub(crate) fn head(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let Some((method, target)) = first.and_then(|line| line.split_once(' ')) else { return };
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(read_header).collect();
    let head = Head { method, target, headers };
    let proof = match read(&head) {
        Ok(proof) => proof,
        Err(error) => return check_refusal(&error),
    };
    if let Proof::SigV4(claim) = &proof {
        check_claim(&head, claim);
    }
    match strip(&head, &proof) {
        Err(error) => check_refusal(&error),
        Ok(plain) => {
            let names = plain.headers.iter().map(|(name, _)| name.as_str());
            for name in names.chain(plain.dropped.iter().map(String::as_str)) {
                assert_eq!(name, name.to_ascii_lowercase());
                let proves = ["authorization", "x-api-key", "x-amz-date", "x-amz-security-token"];
                assert!(!proves.contains(&name), "{name} goes on");
            }
            if matches!(&proof, Proof::SigV4(claim) if claim.is_presigned()) {
                let target = plain.target().to_ascii_lowercase();
                assert!(!target.contains("x-amz-signature="), "{target}");
            }
        }
    }
}

fn read_header(line: &[u8]) -> Option<(&str, &[u8])> {
    let at = line.iter().position(|byte| *byte == b':')?;
    Some((std::str::from_utf8(&line[..at]).ok()?, &line[at + 1..]))
}

/// The key is made of a secret that no seed was signed with.
fn check_claim(head: &Head<'_>, claim: &Claim) {
    let now: DateTime<Utc> = claim.signed_at();
    for outcome in [claim.check_scope(&Regions::default()), claim.check_time(now)] {
        outcome.as_ref().err().into_iter().for_each(check_refusal);
    }
    let keys = DayKeys::new(Secret::new("not the secret of the seeds".to_owned()));
    let key = keys.key(claim.scope(), now).unwrap();
    for outcome in
        [claim.verify(head, &key).map(drop), claim.verify_with_body(head, &key, b"").map(drop)]
    {
        check_refusal(&outcome.unwrap_err());
    }
}

fn check_refusal(error: &ProofError) {
    assert!(matches!(error.status(), 400 | 403 | 411 | 501), "{error}");
    assert!(!error.code().is_empty() && !error.to_string().is_empty());
    assert!(error.elements().iter().all(|(name, _)| !name.is_empty()));
}

/// The form (a digit), where the body is split (two bytes), the body. However it is split, it is
/// read alike, and never more comes out than was said.
pub(crate) fn chunked(data: &[u8]) {
    let [form, first, second, body @ ..] = data else { return };
    let whole = decode(*form, body, &[]);
    let split = decode(*form, body, &[usize::from(*first), usize::from(*second)]);
    assert_eq!(whole, split);
}

/// The content, or the code of the refusal.
fn decode(form: u8, body: &[u8], sizes: &[usize]) -> Result<Vec<u8>, &'static str> {
    let wire = UPLOADS[usize::from(form % 3)];
    let headers = wire.lines().filter_map(|line| read_header(line.as_bytes())).collect();
    let head = Head { method: "PUT", target: "/photos/a", headers };
    let proof = read(&head).unwrap();
    let Proof::SigV4(claim) = &proof else { panic!("{proof:?}") };
    let keys = DayKeys::new(Secret::new(SECRET.to_owned()));
    let key = keys.key(claim.scope(), claim.signed_at()).unwrap();
    let (seed, plain) = (claim.verify(&head, &key).unwrap(), strip(&head, &proof).unwrap());
    let mut reader = BodyReader::new(&plain, Some(seed), Operation::PutObject).unwrap();
    let (mut content, mut rest) = (Vec::new(), body);
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let (mut piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        while !piece.is_empty() {
            let fed = reader.feed(piece).map_err(|error| error.code())?;
            assert!((1..=piece.len()).contains(&fed.taken));
            content.extend(&piece[fed.content]);
            assert!(content.len() as u64 <= plain.content_length.unwrap());
            piece = &piece[fed.taken..];
        }
    }
    reader.finish().map_err(|error| error.code())?;
    assert_eq!(content.len() as u64, plain.content_length.unwrap());
    Ok(content)
}
