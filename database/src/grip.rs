//! A hold on the socket of a connection that the database's library keeps to itself.
//!
//! libpq waits for an answer without an end, and nobody can take its connection from it: but a
//! socket that is shut down has it return. The socket is known by a mark, a timeout that no other of
//! this process has, and is duplicated by the kernel (`pidfd_getfd(2)`, Linux 5.6). Where that is not
//! allowed, as in containers with Docker's own seccomp profile and without CAP_SYS_PTRACE, there is
//! no hold: a thread then waits until the other side, or the kernel, ends the connection.

use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;

/// Marks repeat after so many connections: no two that live have the same.
const MARKS: u32 = 4096;

/// One socket. Dropped, it is let go; it stays open until libpq closes it, too.
#[derive(Debug)]
pub(crate) struct Grip(#[cfg(target_os = "linux")] OwnedFd);

/// A mark for the next connection, close to `millis`, which it is told to wait.
pub(crate) fn mark(millis: u32) -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    millis.saturating_add(1 + NEXT.fetch_add(1, Ordering::Relaxed) % MARKS)
}

#[cfg(target_os = "linux")]
impl Grip {
    /// Takes hold of the socket with this mark.
    pub(crate) fn take(mark: u32) -> Option<Self> {
        use rustix::net::sockopt::tcp_user_timeout;
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

        let this = pidfd_open(getpid(), PidfdFlags::empty()).ok()?;
        let held = sockets().find_map(|number| {
            let socket = pidfd_getfd(&this, number, PidfdGetfdFlags::empty()).ok()?;
            tcp_user_timeout(&socket).is_ok_and(|its| its == mark).then_some(Self(socket))
        });
        if held.is_none() {
            log::debug!("no hold on a connection to the database");
        }
        held
    }

    /// Has whoever waits on it return: it is over.
    pub(crate) fn shut_down(&self) {
        rustix::net::shutdown(&self.0, rustix::net::Shutdown::Both).ok();
    }
}

/// The descriptors of this process that are sockets, the newest first.
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
    /// There is no way to.
    pub(crate) fn take(_: u32) -> Option<Self> {
        None
    }

    /// Nobody has one.
    pub(crate) fn shut_down(&self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};

    use rustix::net::sockopt::set_tcp_user_timeout;

    use super::*;

    #[test]
    fn whoever_waits_on_a_marked_socket_is_let_go_and_nobody_else() {
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
