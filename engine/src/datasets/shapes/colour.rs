//! Colours by hue, strength and lightness.

/// Red, green and blue in 0..=1.
pub(super) type Colour = [f32; 3];

/// The colour of `hue` (turns; 0 is red, 1/3 green), `chroma` (0 grey) and `lightness` (luma of ITU-R BT.601, exact
/// unless a channel has to be clipped).
pub(super) fn colour(hue: f32, chroma: f32, lightness: f32) -> Colour {
    let sixth = (hue - hue.floor()) * 6.0;
    let pure =
        [(sixth - 3.0).abs() - 1.0, 2.0 - (sixth - 2.0).abs(), 2.0 - (sixth - 4.0).abs()].map(|channel| channel.clamp(0.0, 1.0));
    let luma = 0.299 * pure[0] + 0.587 * pure[1] + 0.114 * pure[2];
    pure.map(|channel| (lightness + chroma * (channel - luma)).clamp(0.0, 1.0))
}

/// From `a` at 0 to `b` at 1.
pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    [0, 1, 2].map(|channel| a[channel] + (b[channel] - a[channel]) * share)
}
