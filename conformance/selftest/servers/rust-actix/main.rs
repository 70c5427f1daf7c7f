//! The commit with actix-web.
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Mutex;

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

fn refuse(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let mut answer = HttpResponse::build(status);
    answer.insert_header(("X-Request-Id", id.clone()));
    match status {
        StatusCode::UNAUTHORIZED => {
            answer.insert_header(("WWW-Authenticate", "Keystone uri=\"https://iam.example.com/v3\""));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            answer.insert_header(("Allow", "POST"));
        }
        _ => {}
    }
    answer.json(json!({"error_code": code, "error_msg": message, "request_id": id}))
}

async fn commit(request: HttpRequest, path: web::Path<(String, String)>, account: web::Data<Mutex<Account>>) -> HttpResponse {
    let (project, batch) = path.into_inner();
    let field = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut account = account.lock().unwrap();
    let token = field("X-Auth-Token");
    if request.headers().get("X-Auth-Token").is_none_or(|value| value.is_empty()) {
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
    let media_type = field("Content-Type").split(';').next().unwrap_or("").trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "APIGW.0201", "The Content-Type must be application/json.");
    }
    let chinese = field("X-Language") == "zh-cn";
    let (code, message) = match own.batches.get_mut(&batch) {
        Some(state) if state == "ready" => {
            *state = "committed".into();
            let message = if chinese { "批量任务已提交。" } else { "The batch was submitted." };
            return HttpResponse::Ok().json(json!({"job": {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}}));
        }
        Some(_) if chinese => ("DRS.10000001", "批量任务的状态不允许提交。".into()),
        Some(state) => ("DRS.10000001", format!("The batch is {state}.")),
        None if chinese => ("DRS.10000010", "批量任务不存在。".into()),
        None => ("DRS.10000010", "The batch does not exist.".into()),
    };
    HttpResponse::BadRequest().json(json!({"error_code": code, "error_msg": message}))
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let file = std::fs::read_to_string(std::env::var("ACCOUNT").unwrap())?;
    let account = web::Data::new(Mutex::new(serde_json::from_str::<Account>(&file)?));
    let not_published = "The API does not exist or has not been published in the environment.";
    HttpServer::new(move || {
        let operation = web::resource("/v5/{project}/batch-async-jobs/{batch}/commit")
            .route(web::post().to(commit))
            .default_service(web::to(async || refuse(StatusCode::METHOD_NOT_ALLOWED, "APIGW.0101", "The API does not exist for this method.")));
        App::new()
            .app_data(account.clone())
            .service(operation)
            .default_service(web::to(async move || refuse(StatusCode::NOT_FOUND, "APIGW.0101", not_published)))
    })
    .workers(2)
    .bind(("127.0.0.1", std::env::var("PORT").unwrap().parse().unwrap()))?
    .run()
    .await
}
