//! Uploads that break off before their last bytes. The gateway breaks off what fails a check at its end,
//! and so relies on the storage to keep nothing of it (G18).

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::environment::ProbeEnvironment;
use super::error::ProbeError;
use super::findings::{Outcome, Tried};
use crate::storage_client::{PayloadMode, Signed, UnsignedRequest};

/// Bytes of uploads, and how many of them are sent: all but one in one piece, all but one in several,
/// a half.
const BROKEN: [(usize, usize); 3] = [(10, 9), (300_000, 299_999), (300_000, 150_000)];

/// When to look for what a storage may keep of an upload, after it broke off.
const LOOKS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(150),
    Duration::from_millis(350),
    Duration::from_millis(500),
];

impl ProbeEnvironment {
    /// Breaks off uploads of objects.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn break_off_objects(&self) -> Tried {
        let broken = BROKEN.iter().enumerate().map(|(number, (length, sent))| async move {
            let name = format!("g001-{number}");
            let put = self.put(&name, PayloadMode::Unsigned, &[], &"a".repeat(*length))?;
            self.break_off(&name, &put, *sent).await?;
            Ok::<_, ProbeError>(name)
        });
        let names: Vec<String> = try_join_all(broken).await?;
        Ok(if self.keeps_any(&names).await? { Outcome::Acted } else { Outcome::Refused })
    }

    /// Sends the first bytes of an upload that may create the object `name`, and breaks off.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage cannot be reached.
    pub(super) async fn break_off(
        &self,
        name: &str,
        put: &Signed,
        sent: usize,
    ) -> Result<(), ProbeError> {
        self.created().objects.entry(name.to_owned()).or_default();
        Ok(self.client.break_off(put, sent).await?)
    }

    /// Whether one of these objects is there, now or in a moment.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn keeps_any(&self, names: &[String]) -> Result<bool, ProbeError> {
        for pause in LOOKS {
            sleep(pause).await;
            for name in names {
                if self.get(name).await?.is_ok() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Breaks off the upload of a part, behind one that is whole: it shows that parts are listed.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn break_off_part(&self) -> Tried {
        let name = "g002";
        let id = match self.begin_upload(name).await? {
            Ok(id) => id,
            Err(answer) => {
                return Ok(Outcome::Untestable(format!(
                    "a multipart upload cannot begin: {answer}"
                )));
            }
        };
        let honest = self.send_tampered(&self.part(name, &id, 1)?).await?;
        if !honest.is_ok() || !self.has_part(name, &id, "1").await? {
            return Ok(Outcome::Untestable(format!("a part is not listed: {honest}")));
        }
        let part = self.part(name, &id, 2)?;
        self.client.break_off(&part, part.body.len() - 1).await?;
        for pause in LOOKS {
            sleep(pause).await;
            if self.has_part(name, &id, "2").await? {
                return Ok(Outcome::Acted);
            }
        }
        Ok(Outcome::Refused)
    }

    fn part(&self, name: &str, id: &str, number: u8) -> Result<Signed, ProbeError> {
        let draft = self.unsigned("PUT", &format!("{name}?partNumber={number}&uploadId={id}"));
        self.sign(UnsignedRequest { body: vec![b'a'; 100_000], ..draft })
    }

    async fn has_part(&self, name: &str, id: &str, number: &str) -> Result<bool, ProbeError> {
        let parts = self.get(&format!("{name}?uploadId={id}")).await?;
        Ok(parts.is_ok() && parts.has_element("PartNumber", number))
    }
}
