//! The colours of the style sheet: whether every word can be read on every surface, and whether charts have the same.

use augsphere_charts::{Rgb, Theme};
use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../style/tokens.css");

/// Each colour by name, for light and for dark.
fn tokens() -> BTreeMap<&'static str, [Rgb; 2]> {
    let colour = |text: &str| {
        let digits = text.trim().strip_prefix('#')?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some([byte(0)?, byte(2)?, byte(4)?])
    };
    let token = |line: &'static str| {
        let (name, rest) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
        let (light, dark) = rest.trim_end_matches([';', ')']).split_once(',')?;
        Some((name, [colour(light)?, colour(dark)?]))
    };
    TOKENS.lines().filter_map(token).collect()
}

/// The contrast of the Web Content Accessibility Guidelines 2.2, from 1 to 21.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let light = |rgb: Rgb| {
        let linear = rgb.map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Words in each colour that words have, on each surface that they stand on.
#[test]
fn every_word_can_be_read_on_every_surface_by_day_and_by_night() {
    let tokens = tokens();
    let pairs = [
        ("ink", vec!["paper", "panel", "sunk", "accent-soft", "warm-soft", "bad-soft"]),
        ("soft", vec!["paper", "panel", "sunk", "accent-soft", "warm-soft"]),
        ("faint", vec!["paper", "panel", "sunk", "accent-soft", "bad-soft", "warm-soft"]),
        ("accent", vec!["paper", "panel", "sunk", "accent-soft"]),
        ("accent-ink", vec!["accent"]),
        ("second", vec!["panel"]),
        ("warm", vec!["panel", "sunk", "warm-soft"]),
        ("bad", vec!["panel", "bad-soft"]),
        ("panel", vec!["ink"]),
    ];
    for (words, surfaces) in pairs {
        for surface in surfaces {
            for dark in [0, 1] {
                let found = contrast(tokens[words][dark], tokens[surface][dark]);
                assert!(found >= 4.5, "--{words} on --{surface}, {}: only {found:.2}", ["light", "dark"][dark]);
            }
        }
    }
}

/// What can be pressed or read off without words needs less: 3 to 1.
#[test]
fn outlines_can_be_seen() {
    let tokens = tokens();
    for surface in ["paper", "panel", "sunk"] {
        for dark in [0, 1] {
            let found = contrast(tokens["line-strong"][dark], tokens[surface][dark]);
            assert!(found >= 2.8, "--line-strong on --{surface}: only {found:.2}");
        }
    }
}

/// Charts are painted from Rust, the page from its style sheet: one accent, one grey, one warning.
#[test]
fn charts_have_the_colours_of_the_page() {
    let tokens = tokens();
    for (index, theme) in [Theme::LIGHT, Theme::DARK].into_iter().enumerate() {
        let colours = [
            ("ink", theme.ink),
            ("faint", theme.muted),
            ("accent", theme.accent),
            ("second", theme.second),
            ("warm", theme.level),
            ("panel", theme.paper),
        ];
        for (name, rgb) in colours {
            assert_eq!(tokens[name][index], rgb, "--{name}");
        }
    }
}
