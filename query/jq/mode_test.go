package jq

import "testing"

// What a filter is run on, by what it asks of its input.
func TestModes(t *testing.T) {
	for filter, want := range map[string]Mode{
		// About the document, however its members are reached.
		`any(.Records[]; .eventName == "X")`:             ModeDocument,
		`all(.Records[]; .awsRegion)`:                    ModeDocument,
		`.["Records"]`:                                   ModeDocument,
		`.["Records"][] | .eventName`:                    ModeEach,
		`."Records" | length`:                            ModeDocument,
		`walk(.) | .Records[]`:                           ModeDocument,
		`del(..|nulls) | .Records[]`:                     ModeDocument,
		`with_entries(.) | .Records`:                     ModeDocument,
		`map_values(.) | .Records`:                       ModeDocument,
		`. + {a: 1} | .Records[0]`:                       ModeDocument,
		`{a: 1} + . | .Records[0]`:                       ModeDocument,
		`. * {a: 1} | .Records`:                          ModeDocument,
		`. += {a: 1} | .Records`:                         ModeDocument,
		`getpath(["Records", 0, "eventName"])`:           ModeDocument,
		`getpath(["Records"]) | length`:                  ModeDocument,
		`has("Records")`:                                 ModeDocument,
		`has(0)`:                                         ModeDocument,
		`select(has("Records"))`:                         ModeDocument,
		`setpath(["a"]; 1) | .Records`:                   ModeDocument,
		`delpaths([["a"]]) | .Records`:                   ModeDocument,
		`INDEX(.Records[]; .eventID)`:                    ModeDocument,
		`pick(.Records[0].eventName)`:                    ModeDocument,
		`first(.Records[])`:                              ModeDocument,
		`limit(2; .Records[])`:                           ModeDocument,
		`def f: with_entries(.); f | .Records`:           ModeDocument,
		`. as $d | $d + {a: 1} | .Records`:               ModeDocument,
		`first`:                                          ModeDocument,
		`last.eventName`:                                 ModeDocument,
		`unique`:                                         ModeDocument,
		`add`:                                            ModeDocument,
		`path(.Records[0])`:                              ModeDocument,
		`.Records[] | .eventName`:                        ModeEach,
		`[inputs]`:                                       ModeInputs,
		`any(.requestParameters.tags[]; .key == "x")`:    ModeEvent,
		`all(.resources[]; .ARN)`:                        ModeEvent,
		`.["eventName"]`:                                 ModeEvent,
		`has("errorCode")`:                               ModeEvent,
		`getpath(["userIdentity", "arn"])`:               ModeEvent,
		`walk(.)`:                                        ModeEvent,
		`del(..|nulls)`:                                  ModeEvent,
		`with_entries(select(.value != null))`:           ModeEvent,
		`. + {a: 1}`:                                     ModeEvent,
		`.a + {b: 1} | .Records`:                         ModeEvent,
		`.requestParameters | has("Records")`:            ModeEvent,
		`.requestParameters | first`:                     ModeEvent,
		`to_entries[] | .key`:                            ModeEvent,
		`length`:                                         ModeEvent,
		`.responseElements | with_entries(.) | .Records`: ModeEvent,
	} {
		p, err := Compile(filter, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Mode() != want {
			t.Errorf("%s is run on %v, want %v", filter, p.Mode(), want)
		}
	}
}

// What arrays have as well as events is asked of the array where there is one.
func TestMeansArray(t *testing.T) {
	for filter, want := range map[string]bool{
		"length": true, "to_entries": true, "keys": true, "length > 3": true, "to_entries | length": true, "any": true,
		".eventName | length": false, "map(length)": false, "select(.resources | length > 1)": false, "[.a, .b] | add": false, ".": false,
	} {
		p, err := Compile(filter, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.MeansArray() != want {
			t.Errorf("%s means the array: %v, want %v", filter, p.MeansArray(), want)
		}
	}
	if p, _ := Compile("length", Options{Per: PerEvent}); p.MeansArray() {
		t.Error("--per event, and length means the array")
	}
}
