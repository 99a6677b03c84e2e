//! Where RestoreObject writes its results.
//!
//! A restore makes the archived object readable in its place. Its body may also request a query,
//! whose results go to an `OutputLocation`: any bucket that the signing key can write to.

use super::Refusal;
use super::xml::{Next, Reader};

/// Whether the `<RestoreRequest>` restores in place: it has no `Type`, `SelectParameters` or
/// `OutputLocation`. Stops reading at any of these.
///
/// # Errors
/// [`Refusal::RestoreBody`] if the document is not in plain form (AWS API reference,
/// RestoreObject).
pub(super) fn is_in_place(body: &[u8]) -> Result<bool, Refusal> {
    read(body).ok_or(Refusal::RestoreBody)
}

fn read(body: &[u8]) -> Option<bool> {
    let mut reader = Reader::open(body, "RestoreRequest")?;
    let mut seen: Vec<&str> = Vec::new();
    while let Next::Child(name) = reader.next("RestoreRequest")? {
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        let fits = match name {
            "Days" => is_days(&reader.text(name)?),
            "Tier" => is_tier(&reader.text(name)?),
            "Description" => reader.text(name).is_some(),
            "GlacierJobParameters" => reads_parameters(&mut reader)?,
            "Type" | "SelectParameters" | "OutputLocation" => return Some(false),
            _ => false,
        };
        if !fits {
            return None;
        }
    }
    reader.close()?;
    Some(true)
}

/// Reads an element that must contain only a `<Tier>`, and returns whether its value is valid.
fn reads_parameters(reader: &mut Reader<'_>) -> Option<bool> {
    let Next::Child("Tier") = reader.next("GlacierJobParameters")? else { return None };
    let fits = is_tier(&reader.text("Tier")?);
    let Next::End = reader.next("GlacierJobParameters")? else { return None };
    Some(fits)
}

fn is_days(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i32>().is_ok_and(|days| days > 0)
}

fn is_tier(text: &str) -> bool {
    matches!(text, "Standard" | "Bulk" | "Expedited")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_is_in_place_unless_its_body_says_more() {
        for (inside, in_place) in [
            ("<Days>7</Days>", true),
            ("<Days>1</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>", true),
            ("<Tier>Expedited</Tier>\n<Description>a &amp; b</Description>\n", true),
            ("", true),
            ("<Type>SELECT</Type>", false),
            ("<Days>1</Days><OutputLocation><S3/></OutputLocation>", false),
            ("<SelectParameters></SelectParameters>", false),
            ("<OutputLocation><S3><BucketName>other</BucketName></S3></OutputLocation>", false),
        ] {
            let body = format!("<RestoreRequest>{inside}</RestoreRequest>");
            assert_eq!(is_in_place(body.as_bytes()), Ok(in_place), "{inside}");
        }
        let sdk = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><RestoreRequest \
                   xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Days>1</Days>\
                   </RestoreRequest>";
        assert_eq!(is_in_place(sdk.as_bytes()), Ok(true));
    }

    #[test]
    fn refuses_what_two_readers_could_take_for_different_restores() {
        for inside in [
            "<!-- --><Days>1</Days>",
            "<Days>1</Days><Days>2</Days>",
            "<Days><![CDATA[1]]></Days>",
            "<Days></Days>",
            "<Days>0</Days>",
            "<Days>-1</Days>",
            "<Days>+1</Days>",
            "<Days> 1</Days>",
            "<Days>99999999999</Days>",
            "<Days>1<OutputLocation/></Days>",
            "<Days x='1'>1</Days>",
            "<Tier>Fast</Tier>",
            "<GlacierJobParameters></GlacierJobParameters>",
            "<GlacierJobParameters><OutputLocation/></GlacierJobParameters>",
            "<GlacierJobParameters><Tier>Bulk</Tier><Tier>Bulk</Tier></GlacierJobParameters>",
            "<outputLocation></outputLocation>",
            "<s:OutputLocation xmlns:s='x'></s:OutputLocation>",
            "<OutputLocation/>",
            "<Other>x</Other>",
            "text",
        ] {
            let body = format!("<RestoreRequest>{inside}</RestoreRequest>");
            assert_eq!(is_in_place(body.as_bytes()), Err(Refusal::RestoreBody), "{inside}");
        }
        for body in ["", "Days", "<Restore></Restore>", "<RestoreRequest><Days>1</Days>"] {
            assert_eq!(is_in_place(body.as_bytes()), Err(Refusal::RestoreBody), "{body}");
        }
        let twice = "<RestoreRequest></RestoreRequest><RestoreRequest></RestoreRequest>";
        assert_eq!(is_in_place(twice.as_bytes()), Err(Refusal::RestoreBody));
        assert_eq!(
            is_in_place(b"<RestoreRequest>\xff</RestoreRequest>"),
            Err(Refusal::RestoreBody)
        );
    }
}
