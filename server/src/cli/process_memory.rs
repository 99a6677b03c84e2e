//! Protects this process's memory, which holds keys: no core dump is written, and other processes
//! of the same user cannot read it.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Disables core dumps, also those piped to a program by `core_pattern`, which ignores the limit
/// (setrlimit(2), PR_SET_DUMPABLE(2const)).
pub(super) fn keep_to_itself() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        log::warn!("a core dump of this process may hold keys: {error}");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            log::warn!("other processes may read the memory of this one: {error}");
        }
    }
}
