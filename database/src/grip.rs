//! Shuts down the socket of a connection that libpq is waiting on.
//!
//! libpq waits for an answer without a limit and does not give up its connection. But it returns as
//! soon as the socket is shut down. A [`Grip`] finds the socket by its mark, a `TCP_USER_TIMEOUT`
//! that no other socket of this process has, and duplicates the descriptor with `pidfd_getfd(2)`
//! (Linux 5.6). Some systems forbid that, such as containers with Docker's default seccomp profile
//! and without CAP_SYS_PTRACE. There is no grip there: the thread waits until the server or the
//! kernel ends the connection.

use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;

/// The number of different marks. No two open connections share one.
const MARKS: u32 = 4096;

/// A duplicate of one socket's descriptor. Dropping it leaves libpq's own descriptor open.
#[derive(Debug)]
pub(crate) struct Grip(#[cfg(target_os = "linux")] OwnedFd);

/// A mark for the next connection: a timeout a little above `millis`.
pub(crate) fn mark(millis: u32) -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    millis.saturating_add(1 + NEXT.fetch_add(1, Ordering::Relaxed) % MARKS)
}

#[cfg(target_os = "linux")]
impl Grip {
    /// Finds the socket with this mark; `None` if there is none or the system forbids it.
    pub(crate) fn take(mark: u32) -> Option<Self> {
        use rustix::net::sockopt::tcp_user_timeout;
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

        let this = pidfd_open(getpid(), PidfdFlags::empty()).ok()?;
        let held = sockets().find_map(|number| {
            let socket = pidfd_getfd(&this, number, PidfdGetfdFlags::empty()).ok()?;
            tcp_user_timeout(&socket).is_ok_and(|its| its == mark).then_some(Self(socket))
        });
        if held.is_none() {
            log::debug!("could not get hold of the socket of a database connection");
        }
        held
    }

    /// Shuts the socket down in both directions, so that a thread that waits on it returns.
    pub(crate) fn shut_down(&self) {
        rustix::net::shutdown(&self.0, rustix::net::Shutdown::Both).ok();
    }
}

/// The descriptors of this process that are sockets, newest first.
#[cfg(target_os = "linux")]
fn sockets() -> impl Iterator<Item = i32> {
    let mut numbers: Vec<i32> = std::fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let target = entry.path().read_link().unwrap_or_default();
            target.to_str().is_some_and(|target| target.starts_with("socket:"))
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.into_iter().rev()
}

#[cfg(not(target_os = "linux"))]
impl Grip {
    /// Always `None`: only Linux has `pidfd_getfd`.
    pub(crate) fn take(_: u32) -> Option<Self> {
        None
    }

    /// Does nothing: no grip exists on this system.
    pub(crate) fn shut_down(&self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};

    use rustix::net::sockopt::set_tcp_user_timeout;

    use super::*;

    #[test]
    fn shutting_down_a_marked_socket_ends_its_reader_and_no_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut waits, other) = (connect(), connect());
        let (mark, its) = (mark(5000), mark(5000));
        set_tcp_user_timeout(&waits, mark).unwrap();
        set_tcp_user_timeout(&other, its).unwrap();
        let Some(grip) = Grip::take(mark) else { return };
        let reads = std::thread::spawn(move || waits.read(&mut [0]).unwrap());
        grip.shut_down();
        assert_eq!(reads.join().unwrap(), 0);
        other.set_nonblocking(true).unwrap();
        let still = (&other).read(&mut [0]).unwrap_err().kind();
        assert_eq!(still, std::io::ErrorKind::WouldBlock);
        assert!(Grip::take(its.saturating_add(MARKS)).is_none());
    }
}
