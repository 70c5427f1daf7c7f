//! The commit with axum.
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[derive(serde::Deserialize)]
struct Project {
    project_id: String,
    token: String,
    batches: HashMap<String, String>,
}

#[derive(serde::Deserialize)]
struct Account {
    #[serde(flatten)]
    own: Project,
    expired_token: String,
    other: Project,
}

type Shared = Arc<Mutex<Account>>;

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let body = Json(json!({"error_code": code, "error_msg": message, "request_id": id}));
    let mut answer = (status, [("x-request-id", id)], body).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = "Keystone uri=\"https://iam.example.com/v3\"".parse().unwrap();
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

async fn commit(
    State(account): State<Shared>,
    Path((project, batch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut account = account.lock().unwrap();
    let token = field("x-auth-token");
    if !headers.contains_key("x-auth-token") || headers["x-auth-token"].is_empty() {
        return refuse(StatusCode::UNAUTHORIZED, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found");
    }
    if token == account.expired_token {
        return refuse(StatusCode::UNAUTHORIZED, "APIGW.0307", "The token must be updated.");
    }
    let own = if token == account.own.token {
        &mut account.own
    } else if token == account.other.token {
        &mut account.other
    } else {
        return refuse(StatusCode::UNAUTHORIZED, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail");
    };
    if own.project_id != project {
        return refuse(StatusCode::FORBIDDEN, "APIGW.0302", "The IAM user is not authorized to access the API.");
    }
    let media_type = field("content-type").split(';').next().unwrap_or("").trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "APIGW.0201", "The Content-Type must be application/json.");
    }
    let chinese = field("x-language") == "zh-cn";
    let (code, message) = match own.batches.get_mut(&batch) {
        Some(state) if state == "ready" => {
            *state = "committed".into();
            let message = if chinese { "批量任务已提交。" } else { "The batch was submitted." };
            return Json(json!({"job": {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}})).into_response();
        }
        Some(_) if chinese => ("DRS.10000001", "批量任务的状态不允许提交。".into()),
        Some(state) => ("DRS.10000001", format!("The batch is {state}.")),
        None if chinese => ("DRS.10000010", "批量任务不存在。".into()),
        None => ("DRS.10000010", "The batch does not exist.".into()),
    };
    (StatusCode::BAD_REQUEST, Json(json!({"error_code": code, "error_msg": message}))).into_response()
}

#[tokio::main]
async fn main() {
    let file = std::fs::read_to_string(std::env::var("ACCOUNT").unwrap()).unwrap();
    let account: Shared = Arc::new(Mutex::new(serde_json::from_str(&file).unwrap()));
    let not_published = "The API does not exist or has not been published in the environment.";
    let app = Router::new()
        .route("/v5/{project}/batch-async-jobs/{batch}/commit", post(commit))
        .method_not_allowed_fallback(async || refuse(StatusCode::METHOD_NOT_ALLOWED, "APIGW.0101", "The API does not exist for this method."))
        .fallback(async move || refuse(StatusCode::NOT_FOUND, "APIGW.0101", not_published))
        .with_state(account);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", std::env::var("PORT").unwrap())).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
