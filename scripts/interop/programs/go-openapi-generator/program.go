// Commits batches with the Go client of openapi-generator and prints what it receives.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"

	drs "interop/client"
)

func commit(id, token, language string) (*drs.CommitResult, *http.Response, error) {
	configuration := drs.NewConfiguration()
	configuration.Servers = drs.ServerConfigurations{{URL: os.Getenv("DRS_URL")}}
	keys := map[string]drs.APIKey{"AuthToken": {Key: token}}
	ctx := context.WithValue(context.Background(), drs.ContextAPIKeys, keys)
	call := drs.NewAPIClient(configuration).BatchTasksAPI.CommitAsyncJob(ctx, os.Getenv("DRS_PROJECT_ID"), id)
	call = call.ContentType("application/json")
	if language != "" {
		call = call.XLanguage(language)
	}
	return call.Execute()
}

func refusal(token, language string) (int, any) {
	_, response, err := commit(os.Getenv("DRS_UNKNOWN_ID"), token, language)
	var refused *drs.GenericOpenAPIError
	if !errors.As(err, &refused) {
		log.Fatalf("the commit was not refused: %v", err)
	}
	return response.StatusCode, refused.Model()
}

func main() {
	token := os.Getenv("DRS_TOKEN")
	result, _, err := commit(os.Getenv("DRS_READY_ID"), token, "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready\t%s\t%s\n", result.Job.AsyncJobId, result.Job.GetStatus())
	if status, model := refusal(token, ""); true {
		fmt.Printf("unknown\t%d\t%s\n", status, model.(drs.ServiceError).ErrorCode)
	}
	if status, model := refusal("wrong", ""); true {
		denied := model.(drs.GatewayError)
		fmt.Printf("wrong\t%d\t%s\t%s\n", status, denied.ErrorCode, denied.RequestId)
	}
	if status, model := refusal(token, "zh-cn"); true {
		refused := model.(drs.ServiceError)
		fmt.Printf("chinese\t%d\t%s\t%s\n", status, refused.ErrorCode, refused.ErrorMsg)
	}
}
