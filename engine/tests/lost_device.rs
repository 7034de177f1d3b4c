//! A device that is lost is opened anew, and what was asked for goes on with it. A test of its own: it destroys the process's device.
#![cfg(feature = "gpu")]

mod numbers;
mod tiny;

use augsphere_engine::device::{self, ComputeDevice};
use augsphere_engine::{block_on, readback::read_one};
use augsphere_spec::{Command, DeviceChoice, Event};
use burn::tensor::Tensor;
use tiny::{begun, faults, handle, losses, play, reset, tiny};

/// Loses a device as a driver's reset does.
fn destroy(opened: &ComputeDevice) {
    let setup = opened.setup.as_ref().expect("a GPU through wgpu");
    setup.device.destroy();
    // The loss is told at the device's next look at its work.
    let _ = setup.device.poll(burn::tensor::wgpu::wgpu::PollType::wait_indefinitely());
}

fn computes(opened: &ComputeDevice) -> bool {
    let two = Tensor::<1>::ones([3], &opened.device) * 2.0;
    block_on(read_one(two)).is_ok_and(|found| found == [2.0; 3])
}

#[test]
fn a_lost_device_is_opened_anew_and_a_run_on_it_can_be_reset() {
    let Some(first) = numbers::gpu() else { return };
    let same = block_on(device::open(DeviceChoice::Gpu, None)).expect("it was opened before");
    assert!(same.device == first.device, "a healthy device is handed out again");
    assert!(computes(&first));

    destroy(&first);
    assert!(!computes(&first), "a lost device says so");
    let second = block_on(device::renew(&first)).expect("opened anew");
    assert!(second.device != first.device && computes(&second));
    assert!(second.checks.iter().all(|check| check.passed) && second.checks.len() == first.checks.len());

    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Gpu);
    handle(&mut session, Command::Step);
    destroy(&second);
    let mut events = handle(&mut session, Command::Play);
    while session.running() {
        events.extend(block_on(session.advance(std::time::Duration::from_millis(50))));
    }
    let told = faults(&events);
    assert!(told.iter().any(|fault| !fault.recoverable && fault.remedy.contains("eset")), "{told:?}");

    let again = handle(&mut session, reset());
    assert!(again.iter().any(|event| matches!(event, Event::Began { .. })), "{:?}", faults(&again));
    let events = play(&mut session);
    assert_eq!(faults(&events), []);
    assert_eq!(losses(&events).len(), 20, "the run goes to its end on the new device");
}
