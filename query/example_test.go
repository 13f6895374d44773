package query_test

import (
	"fmt"
	"log"

	"ctlog/query"
	"ctlog/query/jq"
	"ctlog/query/match"
)

// What a program and conditions need is asked of bytes first: most files and
// events have nothing of it.
func ExampleNewPlan() {
	filter, err := jq.Compile(`.eventName == "DeleteTrail"`, jq.Options{})
	if err != nil {
		log.Fatal(err)
	}
	plan := query.NewPlan(match.Fields{Region: []string{"us-east-1"}}, filter)
	fmt.Println(plan)
	fmt.Println(plan.May([]byte(`{"eventName":"GetObject","awsRegion":"us-east-1"}`)))
	fmt.Println(plan.May([]byte(`{"eventName":"DeleteTrail","awsRegion":"us-east-1"}`)))
	// Output:
	// `"eventName":"DeleteTrail"` and `us-east-1`
	// false
	// true
}
