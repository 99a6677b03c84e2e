//! The current request, available to all code that runs for it.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use crate::domain::{Caller, Origin};

tokio::task_local! {
    static CURRENT: Rc<Current>;
}

/// Properties of the current request.
#[derive(Default)]
pub(super) struct Current {
    pub(super) id: String,
    pub(super) origin: Origin,
    /// The caller, once authenticated, as the access log shows it.
    pub(super) caller: OnceCell<String>,
    /// Why authentication failed, if it did.
    pub(super) refused: Cell<Option<&'static str>>,
    /// Whether the request gets no access log line.
    pub(super) untold: Cell<bool>,
}

impl Current {
    /// Runs `answering` with this as the current request.
    pub(super) async fn scope<T>(self: &Rc<Self>, answering: impl Future<Output = T>) -> T {
        CURRENT.scope(Rc::clone(self), answering).await
    }
}

/// The id of the current request; empty outside of a request.
pub(super) fn id() -> String {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_default()
}

/// The origin of the current request.
pub(super) fn origin() -> Origin {
    CURRENT.try_with(|current| current.origin.clone()).unwrap_or_default()
}

/// Sets the caller for the access log.
pub(super) fn seen(caller: &Caller) {
    // Outside of a request there is no access log line.
    CURRENT.try_with(|current| current.caller.set(caller.to_string()).ok()).ok();
}

/// Sets the reason of a failed authentication for the access log.
pub(super) fn refused(reason: &'static str) {
    CURRENT.try_with(|current| current.refused.set(Some(reason))).ok();
}

/// Suppresses the access log line. The caller counts such requests and logs a summary.
pub(super) fn untold() {
    CURRENT.try_with(|current| current.untold.set(true)).ok();
}
