//! Small documents that Cargo answers itself (G12).

use crate::domain::ProjectId;
use crate::domain::xml_document::XmlDocument;

/// The region whose name GetBucketLocation leaves empty.
const UNNAMED: &str = "us-east-1";

/// GetBucketLocation.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
pub(super) fn location(region: &str) -> String {
    let mut document = XmlDocument::new("LocationConstraint");
    document.put(if region == UNNAMED { "" } else { region });
    document.end()
}

/// GetBucketAcl and GetObjectAcl: the project owns everything, and grants are Cargo's, not ACLs.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>
pub(super) fn acl(project: &ProjectId) -> String {
    let mut document = XmlDocument::new("AccessControlPolicy");
    document.down("Owner").text("ID", project.as_str()).up();
    document.down("AccessControlList").down("Grant");
    document.grantee(project.as_str()).text("Permission", "FULL_CONTROL");
    document.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g12_the_location_of_us_east_1_is_empty() {
        let s3 = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
        assert!(
            location("us-east-1")
                .ends_with(&format!("<LocationConstraint {s3}></LocationConstraint>"))
        );
        assert!(
            location("eu-1")
                .ends_with(&format!("<LocationConstraint {s3}>eu-1</LocationConstraint>"))
        );
    }

    #[test]
    fn g12_an_acl_says_that_the_project_has_full_control() {
        let project = ProjectId::parse("0198d1d2-0000-7000-8000-000000000001").unwrap();
        let acl = acl(&project);
        assert!(
            acl.contains(
                "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"CanonicalUser\"><ID>0198d1d2-0000-7000-8000-000000000001</ID></Grantee>\
             <Permission>FULL_CONTROL</Permission></Grant>"
            ),
            "{acl}"
        );
    }
}
