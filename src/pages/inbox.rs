//! The page of the development inbox, with which developers try Ringkey without an SMS provider.

use leptos::prelude::*;

use super::layout::Layout;
use super::not_found::NotFoundPage;
use super::render_context;
use super::render_context::InboxEntry;

/// The page `/dev/inbox`, with the newest message first. `serve` allows only requests from this
/// machine.
#[component]
pub fn InboxPage() -> impl IntoView {
    match render_context().inbox.clone() {
        Some(messages) => view! { <InboxMessages messages /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn InboxMessages(messages: Vec<InboxEntry>) -> impl IntoView {
    let empty = messages.is_empty();
    view! {
        <Layout title="Inbox">
            <section class="inbox">
                <h1>"Inbox"</h1>
                <p class="lead">
                    "The texts that would have been sent. \
                        They are kept in memory and gone after a restart."
                </p>
                {empty.then(|| view! {
                    <p class="inbox__empty">
                        "No texts yet. Sign in with any mobile number, then reload this page."
                    </p>
                })}
                <ol class="inbox__messages">
                    {messages.into_iter().map(|message| view! {
                        <li class="card">
                            <p class="inbox__meta">
                                <span data-phone=message.phone>{message.phone.clone()}</span>
                                " · "{format_age(message.age)}
                            </p>
                            {(!message.code.is_empty()).then(|| view! {
                                <p
                                    class="inbox__code" data-code=message.code.clone()
                                >{message.code.clone()}</p>
                            })}
                            <p class="inbox__text">{message.text}</p>
                        </li>
                    }).collect_view()}
                </ol>
            </section>
        </Layout>
    }
}

fn format_age(seconds: i64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        _ => format!("{} h ago", seconds / 3_600),
    }
}
