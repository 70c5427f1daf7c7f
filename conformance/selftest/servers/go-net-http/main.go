// The commit with net/http alone.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log"
	"mime"
	"net/http"
	"os"
	"sync"
)

type project struct {
	ID      string            `json:"project_id"`
	Token   string            `json:"token"`
	Batches map[string]string `json:"batches"`
}

var (
	account struct {
		project
		Expired string  `json:"expired_token"`
		Other   project `json:"other"`
	}
	lock sync.Mutex
)

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	raw := make([]byte, 16)
	rand.Read(raw)
	id := hex.EncodeToString(raw)
	w.Header().Set("X-Request-Id", id)
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Keystone uri="https://iam.example.com/v3"`)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", "POST")
	}
	answer(w, status, map[string]any{"error_code": code, "error_msg": message, "request_id": id})
}

func commit(w http.ResponseWriter, r *http.Request) {
	var own *project
	switch token := r.Header.Get("X-Auth-Token"); token {
	case "":
		refuse(w, 401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found")
		return
	case account.Expired:
		refuse(w, 401, "APIGW.0307", "The token must be updated.")
		return
	case account.Token:
		own = &account.project
	case account.Other.Token:
		own = &account.Other
	default:
		refuse(w, 401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
		return
	}
	if r.PathValue("project") != own.ID {
		refuse(w, 403, "APIGW.0302", "The IAM user is not authorized to access the API.")
		return
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		refuse(w, 415, "APIGW.0201", "The Content-Type must be application/json.")
		return
	}
	batch, chinese := r.PathValue("batch"), r.Header.Get("X-Language") == "zh-cn"
	lock.Lock()
	state := own.Batches[batch]
	if state == "ready" {
		own.Batches[batch] = "committed"
	}
	lock.Unlock()
	pick := func(english, other string) string {
		if chinese {
			return other
		}
		return english
	}
	switch state {
	case "ready":
		message := pick("The batch was submitted.", "批量任务已提交。")
		answer(w, 200, map[string]any{"job": map[string]string{"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}})
	case "":
		answer(w, 400, map[string]any{"error_code": "DRS.10000010", "error_msg": pick("The batch does not exist.", "批量任务不存在。")})
	default:
		answer(w, 400, map[string]any{"error_code": "DRS.10000001", "error_msg": pick("The batch is "+state+".", "批量任务的状态不允许提交。")})
	}
}

func main() {
	file, err := os.ReadFile(os.Getenv("ACCOUNT"))
	if err == nil {
		err = json.Unmarshal(file, &account)
	}
	if err != nil {
		log.Fatal(err)
	}
	const path = "/v5/{project}/batch-async-jobs/{batch}/commit"
	http.HandleFunc("POST "+path, commit)
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		refuse(w, 405, "APIGW.0101", "The API does not exist for this method.")
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, 404, "APIGW.0101", "The API does not exist or has not been published in the environment.")
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
