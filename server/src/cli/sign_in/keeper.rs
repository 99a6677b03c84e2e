//! The file with the kept sign-ins: for its owner only, replaced as a whole, changed under a lock.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::kept::SignIns;
use crate::private;

/// Keeps sign-ins in a directory.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Keeper {
    directory: PathBuf,
}

/// The kept sign-ins cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum KeeperError {
    /// There is no directory to keep them in.
    #[error("this user has no home directory to keep a sign-in in: set XDG_CONFIG_HOME")]
    Homeless,
    /// The file or its directory cannot be used.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The file is not what this command writes.
    #[error("{}: these are no sign-ins: remove the file, and run `sail-cargo login`", _0.display())]
    Unreadable(PathBuf),
}

/// The sign-ins while no other process changes them. Dropping it lets others go on.
#[derive(Debug)]
pub(in crate::cli) struct LockedSignIns {
    keeper: Keeper,
    _lock: File,
}

impl Keeper {
    /// The keeper in the configuration directory of this user (XDG Base Directory Specification).
    ///
    /// # Errors
    /// [`KeeperError::Homeless`].
    pub(in crate::cli) fn of_this_user() -> Result<Self, KeeperError> {
        let base = etcetera::choose_base_strategy().map_err(|_| KeeperError::Homeless)?;
        Ok(Self::new(base.config_dir().join("sail-cargo")))
    }

    fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The sign-ins as they are; none without a file.
    ///
    /// # Errors
    /// [`KeeperError`] if the file cannot be read.
    pub(in crate::cli) fn read(&self) -> Result<SignIns, KeeperError> {
        let path = self.file();
        let mut text = zeroize::Zeroizing::new(Vec::new());
        let read = private::options().read(true).open(&path);
        match read.and_then(|mut file| file.read_to_end(&mut text)) {
            Ok(_) => private::warn_if_open("kept sign-ins", &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(SignIns::default()),
            Err(source) => return Err(KeeperError::Io { path, source }),
        }
        // The parser's message would quote the file.
        serde_json::from_slice(&text).map_err(|_| KeeperError::Unreadable(path))
    }

    /// Waits until no other process changes the sign-ins.
    ///
    /// # Errors
    /// [`KeeperError`] if the directory cannot be made, or its lock cannot be had.
    pub(in crate::cli) async fn lock(&self) -> Result<LockedSignIns, KeeperError> {
        let keeper = self.clone();
        let path = self.directory.join("sign-ins.lock");
        let taken = tokio::task::spawn_blocking(move || {
            keeper.make_directory()?;
            let file = private::options().write(true).create(true).open(keeper.lock_file())?;
            file.lock()?;
            Ok(LockedSignIns { keeper, _lock: file })
        });
        let taken = taken.await.map_err(io::Error::other).and_then(|taken| taken);
        taken.map_err(|source| KeeperError::Io { path, source })
    }

    /// Makes the directory, and takes it from others who can look into it.
    fn make_directory(&self) -> io::Result<()> {
        private::directory(&self.directory)?;
        if self.directory.metadata()?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&self.directory, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.directory.join("sign-ins.json")
    }

    fn lock_file(&self) -> PathBuf {
        self.directory.join("sign-ins.lock")
    }
}

impl LockedSignIns {
    /// The sign-ins as they are now.
    ///
    /// # Errors
    /// [`KeeperError`] if the file cannot be read.
    pub(in crate::cli) fn read(&self) -> Result<SignIns, KeeperError> {
        self.keeper.read()
    }

    /// Replaces the sign-ins. A crash leaves the old ones or the new ones.
    ///
    /// # Errors
    /// [`KeeperError::Io`]; the old ones are still there.
    pub(in crate::cli) fn write(&self, all: &SignIns) -> Result<(), KeeperError> {
        let path = self.keeper.file();
        let new = self.keeper.directory.join("sign-ins.new");
        replace(&path, &new, all).map_err(|source| KeeperError::Io { path, source })
    }
}

fn replace(path: &Path, new: &Path, all: &SignIns) -> io::Result<()> {
    let text = zeroize::Zeroizing::new(serde_json::to_vec_pretty(all)?);
    // What a crash has left may be another's: a new file has the mode of a new file.
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private::options().write(true).create_new(true).open(new)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use sail_cargo_protocol::SecretText;

    use super::super::kept::SignIn;
    use super::*;

    fn sign_in(user: &str) -> SignIn {
        SignIn {
            user: user.to_owned(),
            project: None,
            access_token: SecretText::new("a".to_owned()),
            expires_at: None,
            renewal: None,
        }
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn what_is_kept_is_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(home.path().join("sail-cargo"));
        assert_eq!(keeper.read().unwrap(), SignIns::default());
        assert!(!keeper.directory.exists(), "reading makes nothing");
        // A directory and a rest of an earlier command, open to all.
        fs::create_dir(&keeper.directory).unwrap();
        fs::set_permissions(&keeper.directory, Permissions::from_mode(0o755)).unwrap();
        let rest = keeper.directory.join("sign-ins.new");
        fs::write(&rest, "rest").unwrap();
        fs::set_permissions(&rest, Permissions::from_mode(0o644)).unwrap();

        let mut all = SignIns::default();
        all.begin("https://a", sign_in("ada"));
        keeper.lock().await.unwrap().write(&all).unwrap();
        assert_eq!(keeper.read().unwrap(), all);
        assert_eq!((mode(&keeper.directory), mode(&keeper.file())), (0o700, 0o600));
        assert_eq!(mode(&keeper.lock_file()), 0o600);
        assert!(!rest.exists());
    }

    #[tokio::test]
    async fn one_changes_them_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(home.path().join("sail-cargo"));
        let changes = (0..20).map(|number| {
            let keeper = keeper.clone();
            tokio::spawn(async move {
                let locked = keeper.lock().await.unwrap();
                let mut all = locked.read().unwrap();
                all.begin(&format!("https://{number}"), sign_in("ada"));
                locked.write(&all).unwrap();
            })
        });
        for change in changes.collect::<Vec<_>>() {
            change.await.unwrap();
        }
        let all = keeper.read().unwrap();
        assert!((0..20).all(|number| all.at(&format!("https://{number}")).is_some()));
    }

    #[test]
    fn what_is_no_sign_in_is_not_quoted() {
        let home = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(home.path().to_owned());
        fs::write(keeper.file(), r#"{"servers":{"x":"secret-token"}}"#).unwrap();
        let error = keeper.read().unwrap_err().to_string();
        assert!(error.contains("sign-ins.json") && error.contains("sail-cargo login"), "{error}");
        assert!(!error.contains("secret-token"), "{error}");
    }
}
