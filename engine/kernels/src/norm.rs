//! Batch normalisation with ReLU on each channel, forwards and backwards.

use crate::simd::mul_add;
use pulp::{Simd, WithSimd};

/// `max(floor, (x - mean) * scale + beta)` for each channel: normalisation as an affine map.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    pub mean: Vec<f32>,
    /// `gamma / sqrt(variance + epsilon)`.
    pub scale: Vec<f32>,
    pub beta: Vec<f32>,
    /// 0 with ReLU, minus infinity without.
    pub floor: f32,
}

impl Affine {
    /// The map for these statistics.
    pub(crate) fn new(mean: &[f32], variance: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32, relu: bool) -> Self {
        let scale = variance.iter().zip(gamma).map(|(v, g)| g / (v + epsilon).sqrt()).collect();
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        Self { mean: mean.to_vec(), scale, beta: beta.to_vec(), floor }
    }
}

#[inline(always)]
fn affine_vector<S: Simd>(simd: S, x: S::f32s, mean: S::f32s, scale: S::f32s, beta: S::f32s) -> S::f32s {
    mul_add(simd, simd.sub_f32s(x, mean), scale, beta)
}

fn affine_scalar(x: f32, channel: usize, affine: &Affine) -> f32 {
    (x - affine.mean[channel]) * affine.scale[channel] + affine.beta[channel]
}

/// Applies the map to `[pixels, channels]`.
pub(crate) struct Normalise<'a> {
    pub affine: &'a Affine,
    pub raw: &'a [f32],
    pub output: &'a mut [f32],
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let affine = self.affine;
        let channels = affine.mean.len();
        let floor = simd.splat_f32s(affine.floor);
        let (mean, _) = S::as_simd_f32s(&affine.mean);
        let (scale, _) = S::as_simd_f32s(&affine.scale);
        let (beta, _) = S::as_simd_f32s(&affine.beta);
        for (raw, output) in self.raw.chunks_exact(channels).zip(self.output.chunks_exact_mut(channels)) {
            let (raw, raw_tail) = S::as_simd_f32s(raw);
            let (output, output_tail) = S::as_mut_simd_f32s(output);
            let parameters = mean.iter().zip(scale).zip(beta);
            for ((x, y), ((&mean, &scale), &beta)) in raw.iter().zip(output).zip(parameters) {
                // The floor comes first: where the value is not a number, it passes on to be noticed.
                *y = simd.max_f32s(floor, affine_vector(simd, *x, mean, scale, beta));
            }
            let first = channels - raw_tail.len();
            for (channel, (x, y)) in raw_tail.iter().zip(output_tail).enumerate() {
                let value = affine_scalar(*x, first + channel, affine);
                *y = if value < affine.floor { affine.floor } else { value };
            }
        }
    }
}

/// Applies the map where the values are.
pub(crate) struct NormaliseHere<'a> {
    pub affine: &'a Affine,
    pub values: &'a mut [f32],
}

impl WithSimd for NormaliseHere<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let affine = self.affine;
        let channels = affine.mean.len();
        let floor = simd.splat_f32s(affine.floor);
        let (mean, _) = S::as_simd_f32s(&affine.mean);
        let (scale, _) = S::as_simd_f32s(&affine.scale);
        let (beta, _) = S::as_simd_f32s(&affine.beta);
        for pixel in self.values.chunks_exact_mut(channels) {
            let (values, tail) = S::as_mut_simd_f32s(pixel);
            let parameters = mean.iter().zip(scale).zip(beta);
            for (x, ((&mean, &scale), &beta)) in values.iter_mut().zip(parameters) {
                *x = simd.max_f32s(floor, affine_vector(simd, *x, mean, scale, beta));
            }
            let first = channels - tail.len();
            for (channel, x) in tail.iter_mut().enumerate() {
                let value = affine_scalar(*x, first + channel, affine);
                *x = if value < affine.floor { affine.floor } else { value };
            }
        }
    }
}

/// Sums over pixels, for each channel, of the gradient after the ReLU mask and of that times `raw - mean`.
pub(crate) struct GradientSums<'a> {
    pub affine: &'a Affine,
    pub raw: &'a [f32],
    pub gradient: &'a [f32],
    pub plain: &'a mut [f64],
    pub centred: &'a mut [f64],
}

/// Pixels summed in f32 before the sums move to f64.
const SUMMED: usize = 256;

impl WithSimd for GradientSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.affine.mean.len();
        let mut plain = vec![0.0f32; channels];
        let mut centred = vec![0.0f32; channels];
        let stretches = self.raw.chunks(SUMMED * channels).zip(self.gradient.chunks(SUMMED * channels));
        for (raw, gradient) in stretches {
            plain.fill(0.0);
            centred.fill(0.0);
            sum_stretch(simd, self.affine, raw, gradient, &mut plain, &mut centred);
            let sums = self.plain.iter_mut().zip(self.centred.iter_mut());
            for ((to_plain, to_centred), (&plain, &centred)) in sums.zip(plain.iter().zip(&centred)) {
                *to_plain += f64::from(plain);
                *to_centred += f64::from(centred);
            }
        }
    }
}

#[inline(always)]
fn sum_stretch<S: Simd>(simd: S, affine: &Affine, raw: &[f32], gradient: &[f32], plain: &mut [f32], centred: &mut [f32]) {
    let channels = affine.mean.len();
    let zero = simd.splat_f32s(0.0);
    let floor = simd.splat_f32s(affine.floor);
    let (mean, _) = S::as_simd_f32s(&affine.mean);
    let (scale, _) = S::as_simd_f32s(&affine.scale);
    let (beta, _) = S::as_simd_f32s(&affine.beta);
    let (plain, plain_tail) = S::as_mut_simd_f32s(plain);
    let (centred, centred_tail) = S::as_mut_simd_f32s(centred);
    for (raw, gradient) in raw.chunks_exact(channels).zip(gradient.chunks_exact(channels)) {
        let (raw, raw_tail) = S::as_simd_f32s(raw);
        let (gradient, gradient_tail) = S::as_simd_f32s(gradient);
        let parameters = mean.iter().zip(scale).zip(beta);
        let sums = plain.iter_mut().zip(centred.iter_mut());
        for (((&x, &g), ((&mean, &scale), &beta)), (plain, centred)) in raw.iter().zip(gradient).zip(parameters).zip(sums) {
            let centre = simd.sub_f32s(x, mean);
            let open = simd.greater_than_f32s(mul_add(simd, centre, scale, beta), floor);
            let g = simd.select_f32s(open, g, zero);
            *plain = simd.add_f32s(*plain, g);
            *centred = mul_add(simd, g, centre, *centred);
        }
        let first = channels - raw_tail.len();
        for (channel, (&x, &g)) in raw_tail.iter().zip(gradient_tail).enumerate() {
            if affine_scalar(x, first + channel, affine) > affine.floor {
                plain_tail[channel] += g;
                centred_tail[channel] += g * (x - affine.mean[first + channel]);
            }
        }
    }
}

/// The gradient at the convolution's output: `scale * masked + slope * (raw - mean) + offset` for each channel.
pub(crate) struct RawGradient<'a> {
    pub affine: &'a Affine,
    pub slope: &'a [f32],
    pub offset: &'a [f32],
    pub raw: &'a [f32],
    pub gradient: &'a [f32],
    /// Where each pixel starts in `target`.
    pub at: &'a [u32],
    pub target: &'a mut [f32],
}

impl WithSimd for RawGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let affine = self.affine;
        let channels = affine.mean.len();
        let zero = simd.splat_f32s(0.0);
        let floor = simd.splat_f32s(affine.floor);
        let (mean, _) = S::as_simd_f32s(&affine.mean);
        let (scale, _) = S::as_simd_f32s(&affine.scale);
        let (beta, _) = S::as_simd_f32s(&affine.beta);
        let (slope, _) = S::as_simd_f32s(self.slope);
        let (offset, _) = S::as_simd_f32s(self.offset);
        let pixels = self.raw.chunks_exact(channels).zip(self.gradient.chunks_exact(channels));
        for ((raw, gradient), &at) in pixels.zip(self.at) {
            let (raw, raw_tail) = S::as_simd_f32s(raw);
            let (gradient, gradient_tail) = S::as_simd_f32s(gradient);
            let (target, target_tail) = S::as_mut_simd_f32s(&mut self.target[at as usize..][..channels]);
            let parameters = mean.iter().zip(scale).zip(beta).zip(slope.iter().zip(offset));
            for (((&x, &g), to), (((&mean, &scale), &beta), (&slope, &offset))) in
                raw.iter().zip(gradient).zip(target).zip(parameters)
            {
                let centre = simd.sub_f32s(x, mean);
                let open = simd.greater_than_f32s(mul_add(simd, centre, scale, beta), floor);
                let g = simd.select_f32s(open, g, zero);
                *to = mul_add(simd, g, scale, mul_add(simd, centre, slope, offset));
            }
            let first = channels - raw_tail.len();
            for (tail, ((&x, &g), to)) in raw_tail.iter().zip(gradient_tail).zip(target_tail).enumerate() {
                let channel = first + tail;
                let open = affine_scalar(x, channel, affine) > affine.floor;
                let through = if open { g * affine.scale[channel] } else { 0.0 };
                *to = through + (x - affine.mean[channel]) * self.slope[channel] + self.offset[channel];
            }
        }
    }
}
