//! What do the buttons look like? Drawn here, so that nothing has to be fetched.

use leptos::prelude::*;

/// A picture on a button; the button's text says what it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Play,
    Pause,
    Step,
    Reset,
    Undo,
    Dice,
    Shuffle,
    Next,
    Before,
    Save,
    Sun,
    Moon,
    Home,
    Close,
    Enlarge,
    Unfold,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Play => "M7 4.6v14.8c0 .9 1 1.4 1.7.9l11-7.4c.6-.4.6-1.4 0-1.8l-11-7.4C8 3.2 7 3.7 7 4.6z",
            Self::Pause => {
                "M7 4h3.4c.6 0 1 .4 1 1v14c0 .6-.4 1-1 1H7c-.6 0-1-.4-1-1V5c0-.6.4-1 1-1zm6.6 0H17c.6 0 1 .4 1 1v14c0 .6-.4 1-1 1h-3.4c-.6 0-1-.4-1-1V5c0-.6.4-1 1-1z"
            }
            Self::Step => {
                "M5 5.3v13.4c0 .8.9 1.3 1.6.8l9.4-6.7c.6-.4.6-1.2 0-1.6L6.6 4.5C5.9 4 5 4.5 5 5.3zM17 4.5h1.6c.5 0 .9.4.9.9v13.2c0 .5-.4.9-.9.9H17z"
            }
            Self::Reset | Self::Undo => {
                "M12 4.5a7.5 7.5 0 1 1-7.2 9.6l2-.6a5.4 5.4 0 1 0 1.7-5.6l2.2 2.2c.3.3.1.9-.4.9H4.6c-.4 0-.6-.3-.6-.6V4.7c0-.5.6-.8 1-.4l2 2A7.5 7.5 0 0 1 12 4.5z"
            }
            Self::Dice => {
                "M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6c0-1.1.9-2 2-2zm2.5 3a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zm7 7a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z"
            }
            Self::Shuffle => {
                "M16.5 3.8c0-.5.6-.7.9-.4l3.2 3.2c.3.3.3.7 0 1l-3.2 3.2c-.3.3-.9.1-.9-.4V8.2h-1.3c-1 0-1.9.5-2.4 1.3l-4.2 6.4a5 5 0 0 1-4.2 2.3H3.5v-2.2h.9c1 0 1.9-.5 2.4-1.3L11 8.3A5 5 0 0 1 15.2 6h1.3zM3.5 6h.9a5 5 0 0 1 4.2 2.3l.4.6-1.3 2-.9-1.4a2.8 2.8 0 0 0-2.4-1.3h-.9zm9.3 8.7.3.4c.5.8 1.4 1.3 2.4 1.3h1v-2.2c0-.5.6-.7.9-.4l3.2 3.2c.3.3.3.7 0 1l-3.2 3.2c-.3.3-.9.1-.9-.4v-2.2h-1a5 5 0 0 1-4.1-2.2z"
            }
            Self::Next => "M8.3 5.2 14.6 11.4c.4.3.4.9 0 1.2l-6.3 6.2 1.6 1.6 7.2-7.2c.7-.7.7-1.7 0-2.4L9.9 3.6z",
            Self::Before => "M15.7 5.2 9.4 11.4c-.4.3-.4.9 0 1.2l6.3 6.2-1.6 1.6-7.2-7.2c-.7-.7-.7-1.7 0-2.4l7.2-7.2z",
            Self::Save => "M11 4h2v8.2l2.8-2.8 1.4 1.4-5.2 5.2-5.2-5.2 1.4-1.4 2.8 2.8zM4.5 17.5h15v2.2h-15z",
            Self::Sun => {
                "M12 7.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM11 2h2v3.2h-2zm0 16.8h2V22h-2zM2 11h3.2v2H2zm16.8 0H22v2h-3.2zM4.2 5.6l1.4-1.4 2.3 2.3-1.4 1.4zm11.9 11.9 1.4-1.4 2.3 2.3-1.4 1.4zM4.2 18.4l2.3-2.3 1.4 1.4-2.3 2.3zM16.1 6.5l2.3-2.3 1.4 1.4-2.3 2.3z"
            }
            Self::Moon => "M20.6 14.3A8.8 8.8 0 0 1 9.7 3.4c.1-.6-.4-1-1-.8a9.8 9.8 0 1 0 12.7 12.7c.2-.6-.2-1.1-.8-1z",
            Self::Home => {
                "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zm0 2.1a6.4 6.4 0 1 0 0 12.8 6.4 6.4 0 0 0 0-12.8zm0 4a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8z"
            }
            Self::Unfold => "M5.2 8.3 12 15l6.8-6.7 1.5 1.5L12 18 3.7 9.8z",
            Self::Enlarge => "M4 4h7v2.2H7.7l4 4-1.5 1.5-4-4V11H4zm9 14h3.3l-4-4 1.5-1.5 4 4V13H20v7h-7z",
            Self::Close => "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
        }
    }

    /// The picture; hidden from screen readers.
    pub fn view(self) -> impl IntoView {
        view! {
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <path d=self.path() fill="currentColor" fill-rule="evenodd" />
            </svg>
        }
    }
}
