//! Names of runs: one for people, and one for good.

use super::Shelf;
use augsphere_spec::RunHeader;

impl Shelf {
    /// `wanted`, or the same with a number, if a run is called so already.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let taken = |name: &str| self.entries.iter().any(|entry| entry.header.name == name);
        let numbered = (2..).map(|number| format!("{wanted} ({number})"));
        std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    }

    /// A name for good that no other run has: the method, the time and chance. `now`: milliseconds since the page was opened.
    pub(super) fn fresh_id(&mut self, method: &str, now: f64) -> String {
        // SplitMix64, as everywhere in tests: any good mixing would do.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        format!("{}-{}-{}", RunHeader::id_of(method), digits(self.created(now)), digits((mixed >> 40) | (1 << 24)))
    }

    /// Seconds since 1970, `now` milliseconds after the page was opened.
    pub(super) fn created(&self, now: f64) -> u64 {
        (self.opened + now / 1000.0).max(0.0) as u64
    }
}

/// A number in as few lowercase letters and digits as possible.
fn digits(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}
