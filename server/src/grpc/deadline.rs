//! A call whose deadline has passed is answered DEADLINE_EXCEEDED, with details like every other error.
//!
//! tonic ends such calls too, but as CANCELLED, which clients take for their own doing. It looks at the same header from
//! outside this layer, so that the answer here must come a little before.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::codegen::{Body, Service, StdError};
use tower_layer::Layer;

use super::status::{self, Failure};

/// Before tonic's own timer, which counts in milliseconds.
const AHEAD: Duration = Duration::from_millis(2);

/// Wraps services in [`Deadline`].
#[derive(Clone, Copy)]
pub struct DeadlineLayer;

/// A service that keeps the deadlines of its callers: work that is late is dropped, work that hasn't begun isn't begun.
#[derive(Clone)]
pub struct Deadline<S>(S);

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline(inner)
    }
}

impl<S, Asked, Answered> Service<Request<Asked>> for Deadline<S>
where
    S: Service<Request<Asked>, Response = Response<Answered>>,
    S::Future: Send + 'static,
    S::Error: Into<StdError>,
    Answered: Body + Default,
{
    type Response = Response<Answered>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Asked>) -> Self::Future {
        let Some(limit) = time_limit(request.headers()) else { return Box::pin(self.0.call(request)) };
        let limit = limit.saturating_sub(AHEAD);
        if limit.is_zero() {
            return Box::pin(async { Ok(status::of(Failure::DeadlineExceeded).into_http()) });
        }
        let answer = self.0.call(request);
        Box::pin(async move {
            match tokio::time::timeout(limit, answer).await {
                Ok(answer) => answer,
                Err(_) => Ok(status::of(Failure::DeadlineExceeded).into_http()),
            }
        })
    }
}

/// At most eight digits and a unit, as the gRPC protocol has it; nothing for what isn't that.
fn time_limit(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(timeout: &str) -> Request<()> {
        Request::builder().header("grpc-timeout", timeout).body(()).unwrap()
    }

    /// A service that never answers.
    #[derive(Clone)]
    struct Endless;

    impl Service<Request<()>> for Endless {
        type Response = Response<tonic::body::Body>;
        type Error = std::convert::Infallible;
        type Future = std::future::Pending<Result<Self::Response, Self::Error>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            std::future::pending()
        }
    }

    #[tokio::test]
    async fn a_late_answer_is_deadline_exceeded_with_its_reason() {
        for timeout in ["1n", "30m", "0S"] {
            let answer = DeadlineLayer.layer(Endless).call(asking(timeout)).await.unwrap();
            let status = tonic::Status::from_header_map(answer.headers()).unwrap();
            let details = tonic_types::StatusExt::get_error_details(&status);
            assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
            assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("DEADLINE_EXCEEDED"));
        }
    }

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        let check = |text: &str, expected: Option<Duration>| {
            assert_eq!(time_limit(asking(text).headers()), expected, "{text:?}");
        };
        check("2H", Some(Duration::from_secs(7_200)));
        check("3M", Some(Duration::from_secs(180)));
        check("15S", Some(Duration::from_secs(15)));
        check("250m", Some(Duration::from_millis(250)));
        check("7u", Some(Duration::from_micros(7)));
        check("99999999n", Some(Duration::from_nanos(99_999_999)));
        for wrong in ["", "S", "1", "1s", "-1S", "123456789S", "1.5S"] {
            check(wrong, None);
        }
        assert_eq!(time_limit(&HeaderMap::new()), None);
    }
}
