package search_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"ctlog/internal/scan"
	"ctlog/query/jq"
	"ctlog/query/match"
	"ctlog/search"
	"ctlog/source"
)

// found prints what it gets.
type found struct{}

func (found) Match(m search.Match) error {
	_, err := fmt.Printf("%s, event %d: %s\n", m.File, m.Index, m.Event)
	return err
}

// quiet hears of files that could not be read, and of errors of the filter.
type quiet struct{}

func (quiet) File(o scan.Outcome) {
	if o.Err != nil {
		fmt.Println("unreadable:", o.Err)
	}
}

func (quiet) Failed(e search.EventError) { fmt.Println("failed:", e) }

// Who was refused what: the events come with their place, in order.
func ExampleSink() {
	const logs = `{"Records":[{"eventName":"GetObject"},{"eventName":"PutObject","errorCode":"AccessDenied"}]}`
	filter, err := jq.Compile(`.eventName | startswith("Put")`, jq.Options{})
	if err != nil {
		log.Fatal(err)
	}
	s, err := search.New(search.Options{
		Fields:   match.Fields{ErrorCode: []string{"AccessDenied"}},
		Programs: []*jq.Program{filter},
		Sink:     found{},
	})
	if err != nil {
		log.Fatal(err)
	}
	run := s.Start(context.Background(), quiet{})
	read := run.Read(scan.Config{Paths: []string{"-"}, Jobs: 1, Source: source.Options{Stdin: strings.NewReader(logs)}})
	result, err := run.Close(read)
	fmt.Println(result.Matched, "of", result.Events, err)
	// Output:
	// -, event 1: {"eventName":"PutObject","errorCode":"AccessDenied"}
	// 1 of 2 <nil>
}
