//! The request that is being answered: what everything that is done for it can ask of it.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use crate::domain::{Caller, Origin};

tokio::task_local! {
    static CURRENT: Rc<Current>;
}

/// The request that is being answered.
#[derive(Default)]
pub(super) struct Current {
    pub(super) id: String,
    pub(super) origin: Origin,
    /// Who asks, once that is known.
    pub(super) caller: OnceCell<String>,
    /// Why nobody knows who asks.
    pub(super) refused: Cell<Option<&'static str>>,
    /// It leaves no line.
    pub(super) untold: Cell<bool>,
}

impl Current {
    /// Answers it.
    pub(super) async fn scope<T>(self: &Rc<Self>, answering: impl Future<Output = T>) -> T {
        CURRENT.scope(Rc::clone(self), answering).await
    }
}

/// The id of the request that is being answered; empty outside of one.
pub(super) fn id() -> String {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_default()
}

/// Where the request comes from that is being answered.
pub(super) fn origin() -> Origin {
    CURRENT.try_with(|current| current.origin.clone()).unwrap_or_default()
}

/// Notes who asks, for the access line.
pub(super) fn seen(caller: &Caller) {
    // Without a request there is no line.
    CURRENT.try_with(|current| current.caller.set(caller.to_string()).ok()).ok();
}

/// Notes why nobody knows who asks, for the access line.
pub(super) fn refused(reason: &'static str) {
    CURRENT.try_with(|current| current.refused.set(Some(reason))).ok();
}

/// Leaves no access line: there are others like it, and they are counted.
pub(super) fn untold() {
    CURRENT.try_with(|current| current.untold.set(true)).ok();
}
