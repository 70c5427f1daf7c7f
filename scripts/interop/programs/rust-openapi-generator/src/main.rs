//! Commits batches with the Rust client of openapi-generator and prints what it receives.

use openapi::apis::batch_tasks_api::{commit_async_job, CommitAsyncJobError};
use openapi::apis::configuration::{ApiKey, Configuration};
use openapi::apis::Error;
use openapi::models::{CommitResult, GatewayError, ServiceError};

type Refusal = Error<CommitAsyncJobError>;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

async fn commit(id: &str, token: &str, language: Option<&str>) -> Result<CommitResult, Refusal> {
    let configuration = Configuration {
        base_path: variable("DRS_URL"),
        api_key: Some(ApiKey { prefix: None, key: token.to_owned() }),
        ..Configuration::default()
    };
    commit_async_job(&configuration, &variable("DRS_PROJECT_ID"), id, "application/json", language).await
}

fn by_service(outcome: Result<CommitResult, Refusal>) -> (u16, ServiceError) {
    match outcome {
        Err(Error::ResponseError(answer)) => match answer.entity {
            Some(CommitAsyncJobError::Status400(error)) => (answer.status.as_u16(), error),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn by_gateway(outcome: Result<CommitResult, Refusal>) -> (u16, GatewayError) {
    match outcome {
        Err(Error::ResponseError(answer)) => {
            let error = serde_json::from_str(&answer.content).expect("the body is a gateway error");
            (answer.status.as_u16(), error)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (token, unknown) = (variable("DRS_TOKEN"), variable("DRS_UNKNOWN_ID"));
    let job = commit(&variable("DRS_READY_ID"), &token, None).await.expect("a ready batch is committed").job;
    println!("ready\t{}\t{}", job.async_job_id, job.status.unwrap_or_default());
    let (status, error) = by_service(commit(&unknown, &token, None).await);
    println!("unknown\t{status}\t{}", error.error_code);
    let (status, error) = by_gateway(commit(&unknown, "wrong", None).await);
    println!("wrong\t{status}\t{}\t{}", error.error_code, error.request_id);
    let (status, error) = by_service(commit(&unknown, &token, Some("zh-cn")).await);
    println!("chinese\t{status}\t{}\t{}", error.error_code, error.error_msg);
}
