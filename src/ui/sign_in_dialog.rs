//! The journey as a dialog, on every page that is no step of it.

use leptos::prelude::*;

use super::parts::dialog::Dialog;
use super::say::Say;
use super::steps::Steps;
use super::visit;

/// The dialog's id; the boot module opens it by this name.
const DIALOG: &str = "sign-in-dialog";

/// The steps in their dialog.
#[component]
pub fn SignInDialog() -> impl IntoView {
    let (visit, say) = (visit(), Say::here());
    view! {
        <Dialog id=DIALOG title=say.of(visit.journey.purpose.title()) close=say.of("close")>
            <Steps journey=visit.journey words=visit.words countries=visit.countries country=visit.country />
        </Dialog>
    }
}
