"""The commit with Django: gunicorn on_django:application."""

import json
import os
import threading
import uuid
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

ACCOUNT = json.loads(Path(os.environ["ACCOUNT"]).read_text(encoding="utf-8"))
OTHER = ACCOUNT["other"]
PROJECTS = {ACCOUNT["token"]: ACCOUNT["project_id"], OTHER["token"]: OTHER["project_id"]}
BATCHES = {ACCOUNT["project_id"]: ACCOUNT["batches"], OTHER["project_id"]: OTHER["batches"]}
LOCK = threading.Lock()

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="unused", USE_I18N=False)


def refuse(status: int, code: str, message: str, **headers: str) -> JsonResponse:
    request_id = uuid.uuid4().hex
    if status == 401:
        headers["WWW-Authenticate"] = 'Keystone uri="https://iam.example.com/v3"'
    body = {"error_code": code, "error_msg": message, "request_id": request_id}
    return JsonResponse(body, status=status, headers={"X-Request-Id": request_id, **headers})


def commit(request: HttpRequest, project: str, batch: str) -> JsonResponse:
    if request.method != "POST":
        return refuse(405, "APIGW.0101", "The API does not exist for this method.", Allow="POST")
    token = request.headers.get("X-Auth-Token", "")
    if not token:
        return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found")
    if token == ACCOUNT["expired_token"]:
        return refuse(401, "APIGW.0307", "The token must be updated.")
    if token not in PROJECTS:
        return refuse(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
    if PROJECTS[token] != project:
        return refuse(403, "APIGW.0302", "The IAM user is not authorized to access the API.")
    if request.content_type.lower() != "application/json":
        return refuse(415, "APIGW.0201", "The Content-Type must be application/json.")
    return submit(project, batch, chinese=request.headers.get("X-Language") == "zh-cn")


def submit(project: str, batch: str, *, chinese: bool) -> JsonResponse:
    with LOCK:
        state = BATCHES[project].get(batch)
        if state == "ready":
            BATCHES[project][batch] = "committed"
    if state == "ready":
        message = "批量任务已提交。" if chinese else "The batch was submitted."
        return JsonResponse({"job": {"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}})
    if state is None:
        code, message = "DRS.10000010", "批量任务不存在。" if chinese else "The batch does not exist."
    else:
        code, message = "DRS.10000001", "批量任务的状态不允许提交。" if chinese else f"The batch is {state}."
    return JsonResponse({"error_code": code, "error_msg": message}, status=400)


def handler404(request: HttpRequest, exception: Exception) -> JsonResponse:
    return refuse(404, "APIGW.0101", "The API does not exist or has not been published in the environment.")


urlpatterns = [path("v5/<str:project>/batch-async-jobs/<str:batch>/commit", commit)]
application = get_wsgi_application()
