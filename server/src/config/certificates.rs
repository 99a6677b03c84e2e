//! CA certificates in files.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::error::ConfigError;

/// The certificates in the file of the setting `name`; none without a file.
pub(super) fn roots(
    name: &str,
    file: Option<&Path>,
) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let Some(path) = file else { return Ok(Vec::new()) };
    let wrong = |detail: String| ConfigError::new(name, format!("{}: {detail}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let roots = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match roots {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) | Err(_) => Err(wrong("holds no certificates in PEM".to_owned())),
    }
}
