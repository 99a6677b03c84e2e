//! Causes the faults of one replica one after the other, and checks that it recovers from each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::{sleep, sleep_until};

use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::faults::Fault;
use crate::plan::{Plan, Step, Trouble};
use crate::replica::Replica;

/// The longest time from the end of a fault to the first signature.
const RECOVERY: Duration = Duration::from_secs(4);

/// Runs the plan on a replica until `end`, and leaves it in good health.
pub(crate) async fn happen(cluster: Arc<Cluster>, number: usize, plan: Plan, end: Instant) {
    let mut dice = Dice::seeded(number as u64);
    let mut behind = "the start".to_owned();
    for step in plan {
        let until = (Instant::now() + step.calm).min(end);
        recovers(&cluster, number, &behind, until).await;
        sleep_until(until.into()).await;
        if until == end {
            break;
        }
        behind = step.to_string();
        cluster.report.note(format!("replica {number}: {step}"));
        cluster.report.count(format!("fault: {}", step.trouble.name()));
        suffer(&cluster, number, step, end, &mut dice).await;
    }
    recovers(&cluster, number, &behind, Instant::now() + 2 * RECOVERY).await;
}

/// Causes one fault. Returns when it is over.
async fn suffer(cluster: &Arc<Cluster>, number: usize, step: Step, end: Instant, dice: &mut Dice) {
    let replica = &cluster.replicas[number];
    let until = (Instant::now() + step.lasts).min(end);
    match step.trouble {
        Trouble::Link(fault) => {
            replica.proxy.set(fault);
            sleep_until(until.into()).await;
            replica.proxy.heal();
        }
        Trouble::HalfOpen => replica.proxy.half_open(),
        Trouble::Reset => replica.proxy.reset(),
        Trouble::Gone => {
            replica.proxy.set(Fault::Refuse);
            replica.proxy.reset();
            sleep_until(until.into()).await;
            replica.proxy.heal();
        }
        Trouble::Kill => {
            replica.kill();
            sleep_until(until.into()).await;
            start(cluster, replica).await;
        }
        Trouble::Freeze => freeze(cluster, number, until, dice).await,
        Trouble::FreezeInside => {
            replica.proxy.set(Fault::Delay(Duration::from_millis(80)));
            sleep(Duration::from_millis(500)).await;
            freeze(cluster, number, until, dice).await;
            replica.proxy.heal();
        }
    }
}

/// Stops the replica. On its return it finds the requests sent meanwhile.
async fn freeze(cluster: &Arc<Cluster>, number: usize, until: Instant, dice: &mut Dice) {
    cluster.replicas[number].freeze();
    while Instant::now() < until {
        let (asking, mut dice) = (cluster.clone(), Dice::seeded(dice.roll(usize::MAX) as u64));
        let ask = async move { asking.sign_as_some(&asking.replicas[number], &mut dice).await };
        cluster.waiting.lock().unwrap().spawn(ask);
        sleep(Duration::from_millis(100).min(until - Instant::now().min(until))).await;
    }
    cluster.replicas[number].thaw();
}

async fn start(cluster: &Cluster, replica: &Replica) {
    while let Err(error) = replica.start().await {
        cluster.report.violation("no start", format!("replica {}: {error}", replica.number));
        sleep(Duration::from_secs(1)).await;
    }
}

/// Checks that a healed replica signs soon. Skipped if the next fault comes sooner.
async fn recovers(cluster: &Arc<Cluster>, number: usize, behind: &str, until: Instant) {
    let healed = Instant::now();
    let signs = Arc::new(AtomicBool::new(false));
    let limit = || RECOVERY + cluster.report.lag_since(healed);
    while !signs.load(Ordering::SeqCst) && healed.elapsed() < limit() {
        if Instant::now() >= until {
            return cluster.report.count("recovery: cut short");
        }
        let (asking, signs) = (cluster.clone(), signs.clone());
        cluster.waiting.lock().unwrap().spawn(async move {
            if asking.sign_as_root(&asking.replicas[number]).await {
                signs.store(true, Ordering::SeqCst);
            }
        });
        sleep(Duration::from_millis(100)).await;
    }
    if signs.load(Ordering::SeqCst) {
        cluster.report.count("recovery: in time");
        cluster.report.longest("recovery", healed.elapsed());
    } else {
        let told = format!("replica {number} does not sign {:?} after {behind}", limit());
        cluster.report.violation("no recovery", told);
    }
}
