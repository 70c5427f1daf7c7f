"""The commit with FastAPI: uvicorn on_fastapi:app."""

import json
import os
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

ACCOUNT = json.loads(Path(os.environ["ACCOUNT"]).read_text(encoding="utf-8"))
OTHER = ACCOUNT["other"]
PROJECTS = {ACCOUNT["token"]: ACCOUNT["project_id"], OTHER["token"]: OTHER["project_id"]}
BATCHES = {ACCOUNT["project_id"]: ACCOUNT["batches"], OTHER["project_id"]: OTHER["batches"]}
CHALLENGE = {"WWW-Authenticate": 'Keystone uri="https://iam.example.com/v3"'}

app = FastAPI(openapi_url=None, redirect_slashes=False)


class Refused(HTTPException):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, message, CHALLENGE if status == 401 else None)
        self.code = code


@app.exception_handler(HTTPException)
async def refused(request: Request, error: HTTPException) -> JSONResponse:
    request_id, code = uuid.uuid4().hex, getattr(error, "code", "APIGW.0101")
    body = {"error_code": code, "error_msg": error.detail, "request_id": request_id}
    return JSONResponse(body, error.status_code, {**(error.headers or {}), "X-Request-Id": request_id})


def authorise(project: str, x_auth_token: Annotated[str, Header()] = "") -> None:
    if not x_auth_token:
        raise Refused(401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found")
    if x_auth_token == ACCOUNT["expired_token"]:
        raise Refused(401, "APIGW.0307", "The token must be updated.")
    if x_auth_token not in PROJECTS:
        raise Refused(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
    if PROJECTS[x_auth_token] != project:
        raise Refused(403, "APIGW.0302", "The IAM user is not authorized to access the API.")


def check_media_type(content_type: Annotated[str, Header()] = "") -> None:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "APIGW.0201", "The Content-Type must be application/json.")


@app.post("/v5/{project}/batch-async-jobs/{batch}/commit", dependencies=[Depends(authorise), Depends(check_media_type)])
async def commit(project: str, batch: str, x_language: Annotated[str, Header()] = "en-us") -> JSONResponse:
    chinese = x_language == "zh-cn"
    state = BATCHES[project].get(batch)
    if state == "ready":
        BATCHES[project][batch] = "committed"
        message = "批量任务已提交。" if chinese else "The batch was submitted."
        return JSONResponse({"job": {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}})
    if state is None:
        code, message = "DRS.10000010", "批量任务不存在。" if chinese else "The batch does not exist."
    else:
        code, message = "DRS.10000001", "批量任务的状态不允许提交。" if chinese else f"The batch is {state}."
    return JSONResponse({"error_code": code, "error_msg": message}, 400)
