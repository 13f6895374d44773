package output

import (
	"fmt"
	"strconv"
	"strings"

	"ctlog/parse"
)

// DefaultFields suit triage: when, what, who, from where, and whether it
// failed. user is the best name that userIdentity gives.
const DefaultFields = "eventTime,eventSource,eventName,user,sourceIPAddress,awsRegion,errorCode"

// NarrowFields are those of a table on a terminal narrower than NarrowWidth,
// where of seven none could be read.
const (
	NarrowFields = "eventTime,eventName,user,sourceIPAddress,errorCode"
	NarrowWidth  = 120
)

// Columns are the fields of a tabular format. They are immutable and may be
// shared.
type Columns struct {
	names []string
	steps [][]step
}

// step is a key, or an index when key is "" and at is meant.
type step struct {
	key     string
	at      int
	isIndex bool
}

// NewColumns reads a list of paths such as "eventTime,resources[0].ARN". A
// leading dot is allowed; "user" stands for the best name of the principal.
func NewColumns(list string) (*Columns, error) {
	c := &Columns{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimPrefix(strings.TrimSpace(name), ".")
		steps, err := parsePath(name)
		if err != nil {
			return nil, err
		}
		c.names = append(c.names, name)
		c.steps = append(c.steps, steps)
	}
	return c, nil
}

// Names are the fields as they stand in headers.
func (c *Columns) Names() []string { return c.names }

func parsePath(name string) (steps []step, err error) {
	for part := range strings.SplitSeq(name, ".") {
		key, rest, _ := strings.Cut(part, "[")
		if key == "" {
			return nil, fmt.Errorf("%q is no field; write eventName, userIdentity.arn or resources[0].ARN", name)
		}
		steps = append(steps, step{key: key})
		for rest != "" {
			number, more, ok := strings.Cut(rest, "]")
			at, err := strconv.Atoi(number)
			if !ok || err != nil || at < 0 || more != "" && more[0] != '[' {
				return nil, fmt.Errorf("%q has no index in its brackets", name)
			}
			steps = append(steps, step{at: at, isIndex: true})
			rest = strings.TrimPrefix(more, "[")
		}
	}
	return steps, nil
}

// find gives the raw value of column i, nil when it is absent.
func (c *Columns) find(event []byte, i int) []byte {
	if c.names[i] == "user" {
		return User(event)
	}
	return follow(event, c.steps[i])
}

func element(raw []byte, n int) []byte {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	for c := parse.Inside(raw); ; n-- {
		v, ok := c.Element()
		if !ok {
			return nil
		}
		if n == 0 {
			return v
		}
	}
}

// userPaths are where the best name of a principal stands, best first: an ARN
// tells the session too.
var userPaths = [][]string{
	{"userIdentity", "arn"}, {"userIdentity", "userName"}, {"userIdentity", "onBehalfOf", "userId"},
	{"userIdentity", "principalId"}, {"userIdentity", "invokedBy"}, {"userIdentity", "accountId"}, {"userIdentity", "type"},
}

// User gives the raw string that names the principal best, nil when nothing
// does.
func User(event []byte) []byte {
	for _, path := range userPaths {
		if v, ok := parse.Field(event, path...); ok && parse.IsString(v) && len(v) > 2 {
			return v
		}
	}
	return nil
}
