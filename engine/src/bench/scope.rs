//! How much of a benchmark is taken.

/// What is measured on a device, at most, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// About this many seconds for a device, its self-test aside. What would take longer is left out or made smaller.
    pub seconds: f64,
    /// Encoders (`tiny`, `small`, `base`, `resnet18`) and images a step.
    pub steps: Vec<(String, usize)>,
    /// Most rows of the square matrices that are multiplied; a power of two of at least 64.
    pub gemm_side: usize,
    /// Bytes of each of the three arrays of the memory rate: more than caches hold.
    pub array_bytes: usize,
    /// Images of a batch of views, two of each.
    pub views: usize,
    /// Images with 16 views each whose distances are measured.
    pub distance_images: usize,
    /// Rows of the bank of neighbours, and numbers of each.
    pub bank: [usize; 2],
    /// Images whose neighbours are looked for.
    pub queries: usize,
}

impl Scope {
    /// All of it, in about 100 seconds.
    pub fn full() -> Self {
        Self {
            seconds: 100.0,
            steps: rows(&[("tiny", &[32, 128, 512]), ("small", &[32, 128, 512]), ("resnet18", &[16, 64, 256])]),
            gemm_side: 2048,
            array_bytes: 128 << 20,
            views: 128,
            distance_images: 500,
            bank: [50_000, 512],
            queries: 10_000,
        }
    }

    /// A first look in about 20 seconds.
    pub fn quick() -> Self {
        Self {
            seconds: 20.0,
            steps: rows(&[("tiny", &[32, 128]), ("small", &[32, 128]), ("resnet18", &[16, 64])]),
            distance_images: 200,
            queries: 1_920,
            ..Self::full()
        }
    }

    /// What a tab takes in about a minute, or in a third of that: with arrays that a tab has room for, because its memory never shrinks.
    pub fn tab(quick: bool) -> Self {
        let scope = if quick { Self::quick() } else { Self { seconds: 50.0, ..Self::full() } };
        Self { array_bytes: 32 << 20, gemm_side: 1024, ..scope }
    }

    /// Hardly anything of each part: to see that it works.
    pub fn least() -> Self {
        Self {
            seconds: 1.0,
            steps: rows(&[("tiny", &[16])]),
            gemm_side: 64,
            array_bytes: 1 << 20,
            views: 4,
            distance_images: 6,
            bank: [200, 32],
            queries: 20,
        }
    }
}

fn rows(encoders: &[(&str, &[usize])]) -> Vec<(String, usize)> {
    encoders.iter().flat_map(|(encoder, batches)| batches.iter().map(|batch| ((*encoder).to_owned(), *batch))).collect()
}
