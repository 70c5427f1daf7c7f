// Commits batches with the client of ogen and prints what it receives.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	drs "interop/client"
)

type token string

func (t token) AuthToken(context.Context, drs.OperationName) (drs.AuthToken, error) {
	return drs.AuthToken{APIKey: string(t)}, nil
}

type typed struct{}

func (typed) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Content-Type", "application/json")
	return http.DefaultTransport.RoundTrip(request)
}

func commit(id, key string, language drs.OptLanguage) drs.CommitAsyncJobRes {
	client, err := drs.NewClient(os.Getenv("DRS_URL"), token(key), drs.WithClient(&http.Client{Transport: typed{}}))
	if err != nil {
		log.Fatal(err)
	}
	project := os.Getenv("DRS_PROJECT_ID")
	params := drs.CommitAsyncJobParams{ProjectID: project, AsyncJobID: id, XLanguage: language}
	answer, err := client.CommitAsyncJob(context.Background(), params)
	if err != nil {
		log.Fatal(err)
	}
	return answer
}

func main() {
	key, unknownID := os.Getenv("DRS_TOKEN"), os.Getenv("DRS_UNKNOWN_ID")
	job := commit(os.Getenv("DRS_READY_ID"), key, drs.OptLanguage{}).(*drs.CommittedHeaders).Response.Job
	fmt.Printf("ready\t%s\t%s\n", job.AsyncJobID, job.Status.Value)
	unknown := commit(unknownID, key, drs.OptLanguage{}).(*drs.RefusedHeaders).Response
	fmt.Printf("unknown\t%d\t%s\n", http.StatusBadRequest, unknown.ErrorCode)
	wrong := commit(unknownID, "wrong", drs.OptLanguage{}).(*drs.UnauthenticatedHeaders).Response
	fmt.Printf("wrong\t%d\t%s\t%s\n", http.StatusUnauthorized, wrong.ErrorCode, wrong.RequestID)
	chinese := commit(unknownID, key, drs.NewOptLanguage(drs.LanguageZhCn)).(*drs.RefusedHeaders).Response
	fmt.Printf("chinese\t%d\t%s\t%s\n", http.StatusBadRequest, chinese.ErrorCode, chinese.ErrorMsg)
}
