//! A response body that keeps the permit of its request until the response has been sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use hyper::body::{Frame, SizeHint};

use crate::server::connections::ConnectionPermit;

/// Returns the response with a body that keeps the permit until the body is sent or dropped.
pub(super) fn hold_permit(response: Response<Body>, permit: ConnectionPermit) -> Response<Body> {
    response.map(|body| Body::new(PermitBody { body, _permit: permit }))
}

struct PermitBody {
    body: Body,
    _permit: ConnectionPermit,
}

impl HttpBody for PermitBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
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
    use crate::domain::client_network::ClientNetwork;
    use crate::server::config::ConnectionLimits;
    use crate::server::connections::ConnectionLimiter;

    #[test]
    fn a_permit_is_held_until_the_body_is_dropped_and_does_not_change_the_body() {
        let limiter =
            ConnectionLimiter::new(ConnectionLimits { total: 1, per_address: 1, per_subnet: 1 });
        let permit = limiter.try_acquire(ClientNetwork::unknown()).unwrap();
        let response = hold_permit(Response::new(Body::from("answer")), permit);
        assert_eq!(
            (response.body().size_hint().exact(), response.body().is_end_stream()),
            (Some(6), false)
        );
        assert!(limiter.try_acquire(ClientNetwork::unknown()).is_none());
        drop(response);
        assert!(limiter.try_acquire(ClientNetwork::unknown()).is_some());
    }
}
