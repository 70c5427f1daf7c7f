// Commits batches with the client of oapi-codegen and prints what it receives.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	drs "interop/client"
)

func commit(id, token string, language *drs.CommitAsyncJobParamsXLanguage) *drs.CommitAsyncJobResponse {
	client, err := drs.NewClientWithResponses(os.Getenv("DRS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	authenticate := func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-Auth-Token", token)
		return nil
	}
	params := &drs.CommitAsyncJobParams{ContentType: "application/json", XLanguage: language}
	project := os.Getenv("DRS_PROJECT_ID")
	response, err := client.CommitAsyncJobWithResponse(context.Background(), project, id, params, authenticate)
	if err != nil {
		log.Fatal(err)
	}
	return response
}

func main() {
	token, unknownID := os.Getenv("DRS_TOKEN"), os.Getenv("DRS_UNKNOWN_ID")
	job := commit(os.Getenv("DRS_READY_ID"), token, nil).JSON200.Job
	fmt.Printf("ready\t%s\t%s\n", job.AsyncJobId, *job.Status)
	unknown := commit(unknownID, token, nil)
	fmt.Printf("unknown\t%d\t%s\n", unknown.StatusCode(), unknown.JSON400.ErrorCode)
	wrong := commit(unknownID, "wrong", nil)
	fmt.Printf("wrong\t%d\t%s\t%s\n", wrong.StatusCode(), wrong.JSON401.ErrorCode, wrong.JSON401.RequestId)
	language := drs.CommitAsyncJobParamsXLanguageZhCn
	chinese := commit(unknownID, token, &language)
	fmt.Printf("chinese\t%d\t%s\t%s\n", chinese.StatusCode(), chinese.JSON400.ErrorCode, chinese.JSON400.ErrorMsg)
}
