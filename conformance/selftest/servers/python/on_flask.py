"""The commit with Flask: gunicorn on_flask:app."""

import json
import os
import threading
import uuid
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

ACCOUNT = json.loads(Path(os.environ["ACCOUNT"]).read_text(encoding="utf-8"))
OTHER = ACCOUNT["other"]
PROJECTS = {ACCOUNT["token"]: ACCOUNT["project_id"], OTHER["token"]: OTHER["project_id"]}
BATCHES = {ACCOUNT["project_id"]: ACCOUNT["batches"], OTHER["project_id"]: OTHER["batches"]}
LOCK = threading.Lock()

app = Flask(__name__)
app.json.ensure_ascii = False


def refuse(status: int, code: str, message: str) -> Response:
    request_id = uuid.uuid4().hex
    answer = jsonify(error_code=code, error_msg=message, request_id=request_id)
    answer.status_code = status
    answer.headers["X-Request-Id"] = request_id
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Keystone uri="https://iam.example.com/v3"'
    return answer


@app.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    answer = refuse(error.code, "APIGW.0101", error.description)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers.set(name, value)
    return answer


@app.before_request
def check() -> Response | None:
    if request.routing_exception is not None:
        return None
    token = request.headers.get("X-Auth-Token", "")
    if not token:
        return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found")
    if token == ACCOUNT["expired_token"]:
        return refuse(401, "APIGW.0307", "The token must be updated.")
    if token not in PROJECTS:
        return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
    if PROJECTS[token] != request.view_args["project"]:
        return refuse(403, "APIGW.0302", "The IAM user is not authorized to access the API.")
    if request.mimetype != "application/json":
        return refuse(415, "APIGW.0201", "The Content-Type must be application/json.")
    return None


@app.post("/v5/<project>/batch-async-jobs/<batch>/commit", provide_automatic_options=False)
def commit(project: str, batch: str) -> tuple[Response, int]:
    chinese = request.headers.get("X-Language") == "zh-cn"
    with LOCK:
        state = BATCHES[project].get(batch)
        if state == "ready":
            BATCHES[project][batch] = "committed"
    if state == "ready":
        message = "批量任务已提交。" if chinese else "The batch was submitted."
        return jsonify(job={"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}), 200
    if state is None:
        code, message = "DRS.10000010", "批量任务不存在。" if chinese else "The batch does not exist."
    else:
        code, message = "DRS.10000001", "批量任务的状态不允许提交。" if chinese else f"The batch is {state}."
    return jsonify(error_code=code, error_msg=message), 400
