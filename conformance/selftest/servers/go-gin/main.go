// The commit with gin.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log"
	"mime"
	"os"
	"sync"

	"github.com/gin-gonic/gin"
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

func refuse(c *gin.Context, status int, code, message string) {
	raw := make([]byte, 16)
	rand.Read(raw)
	id := hex.EncodeToString(raw)
	c.Header("X-Request-Id", id)
	if status == 401 {
		c.Header("WWW-Authenticate", `Keystone uri="https://iam.example.com/v3"`)
	}
	c.AbortWithStatusJSON(status, gin.H{"error_code": code, "error_msg": message, "request_id": id})
}

func authorise(c *gin.Context) {
	token := c.GetHeader("X-Auth-Token")
	own, valid := map[string]*project{account.Token: &account.project, account.Other.Token: &account.Other}[token]
	switch {
	case token == "":
		refuse(c, 401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found")
	case token == account.Expired:
		refuse(c, 401, "APIGW.0307", "The token must be updated.")
	case !valid:
		refuse(c, 401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
	case own.ID != c.Param("project"):
		refuse(c, 403, "APIGW.0302", "The IAM user is not authorized to access the API.")
	default:
		c.Set("project", own)
	}
}

func checkMediaType(c *gin.Context) {
	if kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); kind != "application/json" {
		refuse(c, 415, "APIGW.0201", "The Content-Type must be application/json.")
	}
}

func commit(c *gin.Context) {
	own, batch := c.MustGet("project").(*project), c.Param("batch")
	lock.Lock()
	state := own.Batches[batch]
	if state == "ready" {
		own.Batches[batch] = "committed"
	}
	lock.Unlock()
	pick := func(english, chinese string) string {
		if c.GetHeader("X-Language") == "zh-cn" {
			return chinese
		}
		return english
	}
	switch state {
	case "ready":
		message := pick("The batch was submitted.", "批量任务已提交。")
		c.JSON(200, gin.H{"job": gin.H{"async_job_id": batch, "status": "COMMIT_SUCCESS", "msg": message}})
	case "":
		c.JSON(400, gin.H{"error_code": "DRS.10000010", "error_msg": pick("The batch does not exist.", "批量任务不存在。")})
	default:
		c.JSON(400, gin.H{"error_code": "DRS.10000001", "error_msg": pick("The batch is "+state+".", "批量任务的状态不允许提交。")})
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
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.UseRawPath = true
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	router.POST("/v5/:project/batch-async-jobs/:batch/commit", authorise, checkMediaType, commit)
	router.NoMethod(func(c *gin.Context) { refuse(c, 405, "APIGW.0101", "The API does not exist for this method.") })
	router.NoRoute(func(c *gin.Context) {
		refuse(c, 404, "APIGW.0101", "The API does not exist or has not been published in the environment.")
	})
	log.Fatal(router.Run("127.0.0.1:" + os.Getenv("PORT")))
}
