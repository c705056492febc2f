//! A response body that holds its request's permit: a request is under way until its answer has been taken.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use hyper::body::{Frame, SizeHint};

use crate::server::connections::Permit;

/// The response with a body that holds the permit until it is sent or given up.
pub(super) fn hold_permit(response: Response<Body>, permit: Permit) -> Response<Body> {
    response.map(|body| Body::new(PermitBody { body, _permit: permit }))
}

struct PermitBody {
    body: Body,
    _permit: Permit,
}

impl HttpBody for PermitBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::client_ip::Source;
    use crate::server::config::Bounds;
    use crate::server::connections::Limiter;

    #[test]
    fn a_permit_is_held_as_long_as_the_answer_and_changes_nothing_of_it() {
        let limiter = Limiter::new(Bounds { all: 1, of_source: 1, of_block: 1 });
        let permit = limiter.permit(Source::unknown()).unwrap();
        let response = hold_permit(Response::new(Body::from("answer")), permit);
        assert_eq!((response.body().size_hint().exact(), response.body().is_end_stream()), (Some(6), false));
        assert!(limiter.permit(Source::unknown()).is_none());
        drop(response);
        assert!(limiter.permit(Source::unknown()).is_some());
    }
}
