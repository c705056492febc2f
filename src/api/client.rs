//! The client of the server functions: the browser's `fetch` with a timeout. The client of Leptos
//! has no timeout.

use std::future::Future;
use std::time::Duration;

use futures_util::sink::Drain;
use futures_util::stream::Empty;
use futures_util::{Sink, Stream};
use http::Method;
use leptos::prelude::set_timeout;
use leptos::server_fn::Bytes;
use leptos::server_fn::client::Client;
use leptos::server_fn::error::{FromServerFnError, IntoAppError, ServerFnErrorErr};
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::response::ClientRes;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, Response, window};

/// Timeout of a request, headers and body included. The server answers within 15 seconds, at worst
/// with an error.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The client that `#[server(client = FetchClient)]` names. A request without an answer in time
/// fails with [`ServerFnErrorErr::Request`]. The client sends and reads text only: no streams,
/// files or web sockets.
#[derive(Debug)]
pub struct FetchClient;

/// A request that is not sent yet.
#[derive(Debug)]
pub struct FetchRequest {
    url: String,
    method: Method,
    content_type: String,
    accepts: String,
    body: Option<String>,
}

/// A response whose body is not read yet. The timeout of the request includes the body.
#[derive(Debug)]
pub struct FetchResponse(SendWrapper<Response>);

impl<E: FromServerFnError, I, O> Client<E, I, O> for FetchClient {
    type Request = FetchRequest;
    type Response = FetchResponse;

    fn send(request: FetchRequest) -> impl Future<Output = Result<FetchResponse, E>> + Send {
        SendWrapper::new(async move {
            let response = fetch(request).await.map_err(|_| no_response())?;
            Ok(FetchResponse(SendWrapper::new(response)))
        })
    }

    #[expect(clippy::manual_async_fn, reason = "the future must be Send, whatever the error is")]
    fn open_websocket(
        _: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                impl Sink<Bytes> + Send + 'static,
            ),
            E,
        >,
    > + Send {
        async { Err::<(Empty<_>, Drain<_>), E>(unsupported()) }
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        spawn_local(future);
    }
}

async fn fetch(request: FetchRequest) -> Result<Response, JsValue> {
    let (init, headers, controller) =
        (RequestInit::new(), Headers::new()?, AbortController::new()?);
    headers.set("Content-Type", &request.content_type)?;
    headers.set("Accept", &request.accepts)?;
    init.set_headers(&headers);
    init.set_method(request.method.as_str());
    if let Some(body) = &request.body {
        init.set_body(&JsValue::from_str(body));
    }
    init.set_signal(Some(&controller.signal()));
    set_timeout(move || controller.abort(), TIMEOUT);
    let window = window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_str_and_init(&request.url, &init)).await?.dyn_into()
}

/// Returns the error for a server that could not be reached, or that did not answer in time.
fn no_response<E: FromServerFnError>() -> E {
    ServerFnErrorErr::Request(String::new()).into_app_error()
}

fn unsupported<E: FromServerFnError>() -> E {
    ServerFnErrorErr::UnsupportedRequestMethod(String::new()).into_app_error()
}

impl<E: FromServerFnError> ClientReq<E> for FetchRequest {
    type FormData = ();

    fn try_new_req_query(
        path: &str,
        content_type: &str,
        accepts: &str,
        query: &str,
        method: Method,
    ) -> Result<Self, E> {
        let url = format!("{path}?{query}");
        Ok(Self {
            url,
            method,
            content_type: content_type.to_owned(),
            accepts: accepts.to_owned(),
            body: None,
        })
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: Method,
    ) -> Result<Self, E> {
        let (url, content_type, accepts) =
            (path.to_owned(), content_type.to_owned(), accepts.to_owned());
        Ok(Self { url, method, content_type, accepts, body: Some(body) })
    }

    fn try_new_req_bytes(_: &str, _: &str, _: &str, _: Bytes, _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_form_data(_: &str, _: &str, _: &str, (): (), _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_multipart(_: &str, _: &str, (): (), _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Result<Self, E> {
        Err(unsupported())
    }
}

impl<E: FromServerFnError> ClientRes<E> for FetchResponse {
    fn try_into_string(self) -> impl Future<Output = Result<String, E>> + Send {
        SendWrapper::new(async move {
            let text = self.0.text().map_err(|_| no_response())?;
            Ok(JsFuture::from(text)
                .await
                .map_err(|_| no_response())?
                .as_string()
                .unwrap_or_default())
        })
    }

    async fn try_into_bytes(self) -> Result<Bytes, E> {
        self.try_into_string().await.map(Bytes::from)
    }

    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        Err::<Empty<_>, _>(unsupported())
    }

    fn status(&self) -> u16 {
        self.0.status()
    }

    fn status_text(&self) -> String {
        self.0.status_text()
    }

    fn location(&self) -> String {
        String::new()
    }

    fn has_redirect(&self) -> bool {
        false
    }
}
