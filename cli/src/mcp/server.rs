//! The server: answers a client's requests.

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, InitializeResult,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use roomcast::{Client, Operation, Response};
use serde_json::{Map, Value, json};

use crate::outcome::{self, Failure};
use crate::peers;

use super::tools::{self, Permissions};

const INSTRUCTIONS: &str = "Sends messages into live 100ms video rooms: only into the rooms that the tools' schemas list. A message \
reaches exactly the recipient that is named. The outcome says what is known: accepted, rejected, not_sent, or unknown, after which \
the message may have been delivered.";

pub struct Server {
    client: Client,
    permissions: Permissions,
}

impl Server {
    pub fn new(client: Client, permissions: Permissions) -> Self {
        Server { client, permissions }
    }

    async fn call(&self, operation: Result<Operation<'static>, Failure>) -> CallToolResult {
        let result = match operation {
            Err(failure) => Err(failure),
            Ok(operation) => {
                // The core's own threads send; this one waits.
                let client = self.client.clone();
                let executed = tokio::task::spawn_blocking(move || client.execute(operation)).await;
                match executed {
                    Ok(result) => result.map_err(Failure::Core),
                    Err(error) => Err(Failure::Local(format!("the call did not complete: {error}"))),
                }
            }
        };
        match result {
            Ok(response) => answer(response),
            Err(failure) => {
                let mut result = CallToolResult::error(vec![ContentBlock::text(failure.text())]);
                result.structured_content = Some(Value::Object(failure.to_json()));
                result
            }
        }
    }
}

fn answer(response: Response) -> CallToolResult {
    let structured: Map<String, Value> = match response {
        Response::SendResult(result) => outcome::accepted(&result),
        Response::Peers(peers) => {
            let peers = peers.iter().map(|peer| Value::Object(peers::to_json(peer))).collect::<Vec<_>>();
            outcome::object([("peers", json!(peers))])
        }
        _ => unreachable!("no tool makes such a call"),
    };
    CallToolResult::structured(Value::Object(structured))
}

impl ServerHandler for Server {
    fn get_info(&self) -> InitializeResult {
        InitializeResult::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("roomcast", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::list(&self.permissions)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        match tools::operation(&request.name, arguments, &self.permissions) {
            Some(operation) => Ok(self.call(operation).await.into()),
            None => Err(ErrorData::invalid_params("there is no such tool", None)),
        }
    }
}
