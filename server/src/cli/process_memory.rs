//! What this process has in memory, keys above all, is not written to a disk when it dies, nor read
//! by other processes of the same user.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Has the kernel write no core dumps of this process, and hand none to a program that would
/// (setrlimit(2); PR_SET_DUMPABLE(2const), without which `core_pattern` pipes one all the same).
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
