//! Damaged input by the million: checkpoints, experiments, links and archives with a few bytes changed, none of which may panic or hang.
//!
//!     cargo run --release --example mutate -- [rounds, by default 1000000] [seed]
//!
//! A quarter of the rounds each. Prints how many were read all the same. Tests do a short form of it.

use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_engine::{Session, block_on, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, RunId, archive, from_fragment, to_fragment};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

const EXPERIMENT: &str = "[data]\nkind = \"shapes\"\ntrain = 16\nvalidation = 16\ntest = 16\nside = 8\n[encoder]\nsize = \"tiny\"\n[projector]\nhidden = 4\n\
    dimension = 2\n[method]\nkind = \"moco_v2\"\nqueue = 16\n[train]\nbatch = 8\n[measures.cadence]\nimages = 4\n[measures.knn]\nk = 2\n";

/// Bytes that mean something in headers, numbers and texts.
const TELLING: &[u8] = b"0123456789-+.eE,:;/#[]{}=\"'ax\n \x00\x7f\xff";

fn drive(session: &mut Session, command: Command) -> Vec<Event> {
    let mut events = block_on(session.handle(command));
    while session.preparing() || session.measuring() {
        events.extend(block_on(session.advance(Duration::ZERO)));
    }
    events
}

/// A line of the result; nobody may be listening.
fn say(line: &str) {
    let _closed = writeln!(std::io::stdout(), "{line}");
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().expect("a number"));
    let (rounds, seed) = (arguments.next().unwrap_or(1_000_000), arguments.next().unwrap_or(0));
    let catalogue = catalogue();
    let experiment = catalogue.read_toml(EXPERIMENT).expect("no mistakes");
    let mut session = Session::new();
    let begin = Command::Begin { run: RunId(1), experiment: experiment.clone(), device: DeviceChoice::Cpu, encoder: None };
    drive(&mut session, begin);
    (0..3).for_each(|_| drop(drive(&mut session, Command::Step)));
    let checkpoint = drive(&mut session, Command::Checkpoint);
    let checkpoint =
        checkpoint.into_iter().find_map(|event| if let Event::Checkpoint { file, .. } = event { Some(file) } else { None });
    let checkpoint = checkpoint.expect("a checkpoint");
    let header = 8 + usize::try_from(u64::from_le_bytes(*checkpoint.first_chunk().expect("a length"))).expect("small");
    let toml = catalogue.write_toml(&experiment).into_bytes();
    let link = to_fragment(&catalogue, &experiment).into_bytes();
    let files = [(archive::EXPERIMENT, toml.clone()), (archive::METRICS, b"{\"step\":1,\"loss\":2.5}\n".to_vec())];
    let files: BTreeMap<String, Vec<u8>> = files.into_iter().map(|(name, contents)| (name.to_owned(), contents)).collect();
    let zip = archive::pack([("a", &files)]).expect("a plain name");

    let mut rng = stream(seed, Purpose::Batches, 0);
    let mut read = [0u64; 4];
    for round in 0..rounds {
        let kind = (round % 4) as usize;
        let mut damaged = [&checkpoint, &toml, &link, &zip][kind].clone();
        let mut pick = |bound: usize| rng.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize;
        let end = if kind == 0 && pick(4) > 0 { header } else { damaged.len() };
        for _ in 0..=pick(4) {
            let (at, byte) = (pick(end), TELLING[pick(TELLING.len())]);
            damaged[at] = byte;
        }
        if pick(8) == 0 {
            let length = pick(damaged.len());
            damaged.truncate(length);
        }
        let text = || String::from_utf8_lossy(&damaged).into_owned();
        read[kind] += u64::from(match kind {
            0 => {
                let resume = Command::Resume { run: RunId(round), file: damaged, device: DeviceChoice::Cpu, changes: Vec::new() };
                let began = drive(&mut session, resume).iter().any(|event| matches!(event, Event::Began { .. }));
                if began {
                    drive(&mut session, Command::Step);
                }
                began
            }
            1 => catalogue.read_toml(&text()).is_ok(),
            2 => from_fragment(&catalogue, &experiment, &text()).is_ok(),
            _ => archive::unpack(&damaged).is_ok(),
        });
        if round % 100_000 == 99_999 {
            say(&format!("{} rounds", round + 1));
        }
    }
    let names = ["checkpoints", "experiments", "links", "archives"];
    for (name, read) in names.iter().zip(read) {
        say(&format!("{name}: {read} of {} were read all the same", rounds / 4));
    }
}
