use crate::choices::Noise;
use crate::invariants::check;
use crate::world::World;
use std::collections::BTreeMap;
use std::sync::Mutex;
static SEEN: Mutex<BTreeMap<String, (usize, Vec<String>)>> = Mutex::new(BTreeMap::new());
#[test]
fn explore() {
    let world = World::new();
    std::panic::set_hook(Box::new(|info| {
        let at = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        let text = info.payload_as_str().unwrap_or_default().chars().take(600).collect::<String>();
        let mut seen = SEEN.lock().unwrap();
        let e = seen.entry(at).or_default();
        e.0 += 1;
        if e.1.len() < 12 {
            e.1.push(text);
        }
    }));
    let mut noise = Noise::new(99);
    for turn in 0..crate::volume::cases() {
        let sent = crate::volume::make(turn, &noise.bytes(320));
        let _ =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(check(&world, &sent))));
    }
    let _ = std::panic::take_hook();
    for (at, (n, texts)) in SEEN.lock().unwrap().iter() {
        println!("#### {at} x{n}");
        for t in texts {
            println!("   {t}");
        }
    }
}
