package parse_test

import (
	"fmt"
	"strings"

	"ctlog/parse"
)

// A log is read event by event; values are looked up on the event's own bytes.
func Example() {
	log := `{"Records":[
		{"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser","userName":"alice"}},
		{"eventName":"StopLogging","userIdentity":{"type":"Root"}}
	]}`
	body, err := parse.NewDecoder(parse.Limits{}).Open(strings.NewReader(log), int64(len(log)), true)
	if err != nil {
		fmt.Println(err)
		return
	}
	for event, err := range body.Events() {
		if err != nil {
			fmt.Println(err)
			return
		}
		name, _ := parse.Field(event.Raw, "eventName")
		user, known := parse.Field(event.Raw, "userIdentity", "userName")
		fmt.Printf("%s by %s (%v)\n", parse.Text(nil, name), parse.Text(nil, user), known)
	}
	sum, _ := body.Sum()
	fmt.Printf("SHA-256 of the content begins with %x\n", sum[:4])
	// Output:
	// ConsoleLogin by alice (true)
	// StopLogging by  (false)
	// SHA-256 of the content begins with 319b406e
}

// What is cut off gives the events before the damage, then an error that says
// at which byte.
func ExampleBody_Events_damage() {
	log := `{"Records":[{"eventName":"ConsoleLogin"},{"eventNa`
	body, _ := parse.NewDecoder(parse.Limits{}).Open(strings.NewReader(log), int64(len(log)), false)
	for event, err := range body.Events() {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Printf("%s\n", event.Raw)
	}
	// Output:
	// {"eventName":"ConsoleLogin"}
	// cut off at byte 50 (/Records/1)
}
