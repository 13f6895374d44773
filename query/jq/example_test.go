package jq_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"ctlog/parse"
	"ctlog/query/jq"
)

// A filter runs once per event, on the event's own bytes.
func ExampleCompile() {
	filter, err := jq.Compile(`select(.errorCode) | "\(.eventName) was refused to \(.userIdentity.userName)"`, jq.Options{})
	if err != nil {
		log.Fatal(err)
	}
	const doc = `{"Records":[
		{"eventName":"GetObject","userIdentity":{"userName":"alice"}},
		{"eventName":"DeleteTrail","errorCode":"AccessDenied","userIdentity":{"userName":"mallory"}}]}`
	body, err := parse.NewDecoder(parse.Limits{}).Open(strings.NewReader(doc), -1, false)
	if err != nil {
		log.Fatal(err)
	}
	r := filter.Runner(context.Background())
	for e, err := range body.Events() {
		if err != nil {
			log.Fatal(err)
		}
		err = r.Event(e, func(v jq.Value) error {
			fmt.Println(v.Text())
			return nil
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// DeleteTrail was refused to mallory
}
