//! The way to a running server: address, token, deadlines, and trying again.
//!
//! Trying again is safe for every call: reads change nothing, and calls that change something carry a request id
//! that the server remembers. An attempt that got no answer is therefore repeated with the *same* request.

use std::path::PathBuf;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

use super::failure::Failure;
use crate::grpc::auth::DESK_TOKEN_FILE;
use crate::proto::booking_service_client::BookingServiceClient;
use crate::proto::dispatch_service_client::DispatchServiceClient;
use crate::proto::timetable_service_client::TimetableServiceClient;
use crate::secrets;

/// A dispatcher on the telephone waits no longer for one answer.
const DEADLINE: Duration = Duration::from_secs(20);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Before the second and the third attempt, unless the server asks for more patience.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A plan of a whole county on a market day has some megabytes.
const LARGEST_MESSAGE: usize = 64 << 20;

/// Which server.
#[derive(clap::Args)]
pub struct Connection {
    /// Where the server listens.
    #[arg(long, default_value = "http://127.0.0.1:50051", env = "SANBAN_SERVER")]
    server: String,
    /// File with the token; the server makes it in its data folder at the first start.
    #[arg(long, default_value = "data/dispatcher.token", env = "SANBAN_TOKEN_FILE")]
    token_file: PathBuf,
}

/// Adds token and deadline to every call.
#[derive(Clone)]
pub(super) struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        request.set_timeout(DEADLINE);
        Ok(request)
    }
}

type Authorized = InterceptedService<Channel, Bearer>;

/// The three services of one server. Cheap to clone: all clones share one connection.
#[derive(Clone)]
pub(super) struct Clients {
    pub booking: BookingServiceClient<Authorized>,
    pub dispatch: DispatchServiceClient<Authorized>,
    pub timetable: TimetableServiceClient<Authorized>,
}

/// A server that answered once.
pub(super) struct Server {
    clients: Clients,
}

impl Connection {
    /// Reads the token and reaches the server.
    pub(super) async fn open(&self) -> Result<Server, Failure> {
        let channel = self.endpoint()?.connect().await.map_err(|_| self.nobody_answers())?;
        let bearer = Bearer(self.token()?);
        let clients = Clients {
            booking: BookingServiceClient::with_interceptor(channel.clone(), bearer.clone())
                .max_decoding_message_size(LARGEST_MESSAGE),
            dispatch: DispatchServiceClient::with_interceptor(channel.clone(), bearer.clone())
                .max_decoding_message_size(LARGEST_MESSAGE),
            timetable: TimetableServiceClient::with_interceptor(channel, bearer)
                .max_decoding_message_size(LARGEST_MESSAGE),
        };
        Ok(Server { clients })
    }

    fn endpoint(&self) -> Result<Endpoint, Failure> {
        let has_scheme = self.server.contains("://");
        let address = if has_scheme { self.server.clone() } else { format!("http://{}", self.server) };
        let endpoint = Endpoint::from_shared(address).map_err(|error| {
            Failure::local(
                format!("服务器地址无效：{}。请写作 http://主机:端口", self.server),
                format!("--server {}: {error}; write http://HOST:PORT", self.server),
            )
        })?;
        Ok(endpoint.connect_timeout(CONNECT_WITHIN))
    }

    fn nobody_answers(&self) -> Failure {
        Failure::local(
            format!("连不上服务器 {}。请先启动：make run（或 sanban serve），或用 --server 指出别的地址", self.server),
            format!(
                "no server answers at {}; start one with `make run` (or `sanban serve`), or name another with --server",
                self.server
            ),
        )
    }

    fn token(&self) -> Result<MetadataValue<Ascii>, Failure> {
        let file = self.token_file.display();
        let text = std::fs::read_to_string(&self.token_file).map_err(|error| {
            Failure::local(
                format!("读不到令牌文件 {file}。请用 --token-file 指出服务器数据文件夹中的 {DESK_TOKEN_FILE}"),
                format!(
                    "cannot read the token file {file}: {error}; name the {DESK_TOKEN_FILE} in the server's data \
                     folder with --token-file"
                ),
            )
        })?;
        let token = text.trim();
        let bearer = format!("Bearer {token}").parse().ok().filter(|_| !token.is_empty());
        bearer.ok_or_else(|| {
            Failure::local(
                format!("{file} 里没有令牌。请用 --token-file 指出 {DESK_TOKEN_FILE}"),
                format!("{file} holds no token; name a {DESK_TOKEN_FILE} with --token-file"),
            )
        })
    }
}

impl Server {
    /// Calls the server, at most three times while no answer comes. `call` must send the same request each time.
    pub(super) async fn ask<T, Call>(&self, call: impl FnMut(Clients) -> Call) -> Result<T, Failure>
    where
        Call: Future<Output = Result<Response<T>, Status>>,
    {
        Ok(with_retries(self.clients.clone(), PAUSES, call).await?.into_inner())
    }
}

/// A fresh request id: 128 random bits.
pub(super) fn new_request_id() -> String {
    secrets::to_hex(&secrets::random_bytes()[..16])
}

/// Makes a call, and once more after each pause while no answer comes.
async fn with_retries<C: Clone, T, Call>(
    client: C,
    pauses: [Duration; 2],
    mut call: impl FnMut(C) -> Call,
) -> Result<T, Status>
where
    Call: Future<Output = Result<T, Status>>,
{
    for pause in pauses {
        match call(client.clone()).await {
            Err(status) if is_worth_repeating(&status) => {
                let asked = status.get_error_details().retry_info().and_then(|retry| retry.retry_delay);
                tokio::time::sleep(asked.unwrap_or_default().max(pause).min(LONGEST_PAUSE)).await;
            }
            answer => return answer,
        }
    }
    call(client).await
}

/// Did the call perhaps not arrive, or its answer get lost?
fn is_worth_repeating(status: &Status) -> bool {
    match status.code() {
        // The client's own deadline shows as CANCELLED; the server never cancels a call that the desk still waits for.
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => true,
        // A connection that breaks while an answer is awaited; the server's own statuses have no source.
        Code::Unknown | Code::Internal => std::error::Error::source(status).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How often a call is made that is answered by each of these in turn.
    async fn check(answers: &[Result<u8, Code>], attempts: usize, expected: Result<u8, Code>) {
        let made = Cell::new(0);
        let outcome = with_retries((), [Duration::ZERO; 2], |()| {
            let answer = answers[made.get()];
            made.set(made.get() + 1);
            async move { answer.map_err(|code| Status::new(code, "")) }
        });
        let outcome = outcome.await.map_err(|status| status.code());
        assert_eq!((outcome, made.get()), (expected, attempts));
    }

    #[tokio::test]
    async fn only_calls_without_an_answer_are_repeated_and_at_most_twice() {
        check(&[Ok(1)], 1, Ok(1)).await;
        check(&[Err(Code::Unavailable), Ok(1)], 2, Ok(1)).await;
        check(&[Err(Code::DeadlineExceeded), Err(Code::Unavailable), Ok(1)], 3, Ok(1)).await;
        check(&[Err(Code::Unavailable); 3], 3, Err(Code::Unavailable)).await;
        check(&[Err(Code::FailedPrecondition)], 1, Err(Code::FailedPrecondition)).await;
        check(&[Err(Code::Unknown)], 1, Err(Code::Unknown)).await;
    }

    #[test]
    fn no_request_id_is_like_another() {
        assert_eq!(new_request_id().len(), 32);
        assert_ne!(new_request_id(), new_request_id());
    }
}
