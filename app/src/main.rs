//! Starts the page.

fn main() {
    augsphere_app::mount();
}
