package triage_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"ctlog/internal/scan"
	"ctlog/output"
	"ctlog/query/match"
	"ctlog/report"
	"ctlog/source"
	"ctlog/triage"
)

// logs has an event that was delivered twice, and one that nobody asks for.
const logs = `{"Records":[
{"eventID":"1","eventTime":"2024-01-09T10:00:00Z","eventName":"GetObject","awsRegion":"eu-west-1"},
{"eventID":"2","eventTime":"2024-01-09T10:05:00Z","eventName":"PutObject","awsRegion":"eu-west-1"},
{"eventID":"1","eventTime":"2024-01-09T10:00:00Z","eventName":"GetObject","awsRegion":"eu-west-1"},
{"eventID":"3","eventTime":"2024-01-09T11:00:00Z","eventName":"GetObject","awsRegion":"eu-west-1"},
{"eventID":"4","eventTime":"2024-01-09T11:00:00Z","eventName":"GetObject","awsRegion":"us-east-1"}]}`

// A survey counts events by the value of a field: what is chosen, each once.
func ExampleSurvey() {
	survey, err := triage.NewSurvey(triage.SurveyOptions{
		Fields: match.Fields{Region: []string{"eu-west-1"}},
		Dedupe: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	fields, err := triage.NewFields("eventName")
	if err != nil {
		log.Fatal(err)
	}
	config := scan.Config{Paths: []string{"-"}, Jobs: 1, Source: source.Options{Stdin: strings.NewReader(logs)}}
	var table triage.Table
	newReader := func() triage.EventReader { return fields.Reader() }
	end := func(o scan.Outcome) error { return o.Err }
	if err := survey.Run(context.Background(), config, newReader, table.Absorb, end); err != nil {
		log.Fatal(err)
	}
	fmt.Println(survey.Events, "events,", survey.Duplicates.Dropped, "of them again")
	if err := report.WriteCounts(os.Stdout, fields.Counts(&table), output.Table, report.View{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 4 events, 1 of them again
	// count  eventName  first                 last
	//     2  GetObject  2024-01-09T10:00:00Z  2024-01-09T11:00:00Z
	//     1  PutObject  2024-01-09T10:05:00Z  2024-01-09T10:05:00Z
}
