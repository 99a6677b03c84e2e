//! Event feeds. One task per topic reads the database for all subscribers. A subscriber that is too
//! slow reads the missed events from the database itself.

mod board;
mod changes;
mod listen;
mod listener;
mod news;
mod telling;
pub(super) mod topics;
mod trail;

use actix_web::HttpResponse;
use sail_cargo_protocol::Problem;

pub(super) use changes::ChangeListener;
pub(super) use listen::{Pass, wait_for};
pub(super) use listener::Listener;
pub(super) use trail::{Trail, TrailListener};

use super::current;
use super::events::last_event;
use super::live::told;
use super::readers::Reader;

/// The response to `reader`: an event stream with the events for `listener`.
pub(super) fn stream(
    reader: Reader,
    pass: Pass,
    listener: impl Listener + 'static,
) -> HttpResponse {
    let (patience, id) = (reader.patience(), current::id());
    let events = told(
        patience,
        |voice| listen::listen(reader, pass, listener, voice),
        move |problem| last_event(&Problem { request_id: id.clone(), ..problem }),
    );
    HttpResponse::Ok().content_type("text/event-stream").streaming(events)
}
