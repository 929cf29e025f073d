//! The telephone desk: commands that call a running server, for a dispatcher with a terminal.
//!
//! The desk knows nothing but the wire contract; what it prints is Chinese first, English second, and with `--json`
//! the protobuf JSON of the server's answer.

pub mod book;
pub mod cancel;
pub mod runsheet;
pub mod today;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt;

use crate::grpc::auth::DESK_TOKEN_FILE;
use crate::proto::booking_service_client::BookingServiceClient;
use crate::proto::dispatch_service_client::DispatchServiceClient;
use crate::proto::timetable_service_client::TimetableServiceClient;

/// Which server, and how to show the answer.
#[derive(clap::Args)]
pub struct Desk {
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:50051", env = "SANBAN_SERVER")]
    server: String,
    /// File with the token; the server made it at its first start.
    #[arg(long, default_value = "data/dispatcher.token", env = "SANBAN_TOKEN_FILE")]
    token_file: PathBuf,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Why a desk command failed.
enum DeskError {
    /// Before or instead of an answer of the server.
    Local(String),
    /// The server's answer.
    Refused(Box<Status>),
}

impl From<Status> for DeskError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// Adds the token to every call.
#[derive(Clone)]
struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

type Authorized = InterceptedService<Channel, Bearer>;

/// The three services of one server.
struct Clients {
    booking: BookingServiceClient<Authorized>,
    dispatch: DispatchServiceClient<Authorized>,
    timetable: TimetableServiceClient<Authorized>,
}

const LARGEST_MESSAGE: usize = 64 << 20;

impl Desk {
    async fn connect(&self) -> Result<Clients, DeskError> {
        let file = self.token_file.display();
        let token = std::fs::read_to_string(&self.token_file).map_err(|error| {
            DeskError::Local(format!(
                "读不到令牌文件 {file}：{error}。请用 --token-file 指出服务器数据文件夹中的 {DESK_TOKEN_FILE}\n\
                 cannot read the token file {file}: {error}; name the {DESK_TOKEN_FILE} in the server's data folder \
                 with --token-file"
            ))
        })?;
        let bearer = format!("Bearer {}", token.trim()).parse().map_err(|_| {
            DeskError::Local(format!("{file} 里不是令牌\n{file} holds no token"))
        })?;
        let endpoint = Endpoint::from_shared(format!("http://{}", self.server)).map_err(|error| {
            DeskError::Local(format!("地址无效：{error}\n--server {}: {error}; write HOST:PORT", self.server))
        })?;
        let channel = endpoint.connect().await.map_err(|_| {
            DeskError::Local(format!(
                "连不上 {0}。服务器启动了吗？(sanban serve)\nno server answers at {0}; is `sanban serve` running?",
                self.server
            ))
        })?;
        let bearer = Bearer(bearer);
        Ok(Clients {
            booking: BookingServiceClient::with_interceptor(channel.clone(), bearer.clone())
                .max_decoding_message_size(LARGEST_MESSAGE),
            dispatch: DispatchServiceClient::with_interceptor(channel.clone(), bearer.clone())
                .max_decoding_message_size(LARGEST_MESSAGE),
            timetable: TimetableServiceClient::with_interceptor(channel, bearer)
                .max_decoding_message_size(LARGEST_MESSAGE),
        })
    }

    /// Prints a message as protobuf JSON if that was asked for.
    fn print_json<M: Message + prost::Name>(&self, message: &M) -> bool {
        if self.json {
            println!("{}", to_json(message));
        }
        self.json
    }
}

/// The protobuf JSON of a message of the contract.
fn to_json<M: Message + prost::Name>(message: &M) -> String {
    let pool = DescriptorPool::decode(crate::proto::DESCRIPTORS).expect("the contract was compiled by the build");
    let descriptor = pool.get_message_by_name(&M::full_name()).expect("a message of the contract");
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).expect("the same message");
    serde_json::to_string_pretty(&dynamic).expect("protobuf has a JSON form")
}

/// Runs a desk command to its end and tells why it failed.
fn finish(work: impl Future<Output = Result<(), DeskError>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(DeskError::Local(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Err(DeskError::Refused(status)) => {
            eprintln!("{}", refusal(&status));
            ExitCode::FAILURE
        }
    }
}

/// The server's error with its details, one line each.
fn refusal(status: &Status) -> String {
    let details = status.get_error_details();
    let mut lines = vec![format!("{}：{}", words::code(status.code()), status.message())];
    if let Some(bad_request) = details.bad_request() {
        let violations = &bad_request.field_violations;
        lines[0] = format!("{}:", words::code(status.code()));
        lines.extend(violations.iter().map(|violation| format!("  {}: {}", violation.field, violation.description)));
    }
    if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
        lines.push(format!("  {} 秒后可再试 / try again in {} s", delay.as_secs(), delay.as_secs()));
    }
    if let Some(info) = details.error_info() {
        lines.push(format!("  ({})", info.reason));
    }
    lines.join("\n")
}
