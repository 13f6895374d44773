package parse

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Others is what the iteration of a body's events came upon that is JSON and no
// event of CloudTrail's. Such objects come as events all the same, marked, so
// that a filter can look at them; but not those that belong beside logs, as
// public keys do.
type Others struct {
	N     int64  // how many there were
	All   int64  // how many objects came in all
	First *Error // what the first is, or the first of which more is known
	known bool
	apart *Error // the first object that belongs beside logs
}

// only reports whether there was nothing else.
func (o *Others) only() bool { return o.N == o.All }

// Others says what the iterations of Events came upon so far; nil: only events.
func (b *Body) Others() *Others {
	if o := &b.others; o.N > 0 || o.All == 0 && o.apart != nil {
		return o
	}
	return nil
}

// Err is what is wrong with content that is not, or not all, understood; nil
// when single odd objects are among events.
func (o *Others) Err() error {
	switch {
	case o == nil || !o.only() && !o.known:
		return nil
	case !o.only():
		some := *o.First
		some.Detail = fmt.Sprintf("%d of %d objects, the first %s", o.N, o.All, some.Detail)
		return &some
	}
	whole := *cmp.Or(o.First, o.apart)
	whole.Offset = -1
	return &whole
}

// add takes an object that is no event, and reports whether it comes as one.
func (o *Others) add(raw []byte, at int64) bool {
	f := formOf(raw)
	if f != nil && f.unrelated {
		o.apart = cmp.Or(o.apart, f.error(raw, at))
		return false
	}
	o.N++
	if o.First == nil || f != nil && !o.known {
		o.First, o.known = f.error(raw, at), f != nil
	}
	return true
}

// isEvent tells an event of CloudTrail's from any other JSON object, mostly by
// its first member. What is in the same place elsewhere, as in the records of
// S3's notifications, does not pass.
func isEvent(raw []byte) bool {
	some := false
	for c := Inside(raw); ; {
		key, value, ok := c.Member()
		if !ok {
			return some
		}
		isText := len(value) > 0 && value[0] == '"'
		switch string(plainKey(key)) {
		case "eventVersion":
			if bytes.HasPrefix(value, []byte(`"1`)) {
				return true
			}
			some = true
		case "eventID":
			if isText {
				return true
			}
		case "eventCategory":
			return true
		case "eventSource":
			if bytes.HasPrefix(value, []byte(`"aws:`)) {
				return false
			}
			some = some || isText
		case "eventName", "eventTime", "eventId", "sourceIPAddress", "awsRegion", "recipientAccountId":
			some = some || isText
		case "userIdentity", "requestParameters":
			some = true
		case "ingestionTime":
			return false // of what CloudWatch Logs holds
		}
	}
}

// plainKey is what a raw key stands for.
func plainKey(key []byte) []byte {
	name := key[1 : len(key)-1]
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	return AppendText(nil, key)
}

// form is a shape of JSON that is known, and is not read.
type form struct {
	what string
	keys []string // that an object of this form has
	hint string
	// unrelated: no events are in it, and none are expected.
	unrelated bool
	alone     bool // it has no other keys
}

// ErrOther marks JSON whose objects are no events of CloudTrail's, ErrUnrelated
// what belongs beside logs and holds no events.
var (
	ErrOther     = fmt.Errorf("not CloudTrail events")
	ErrUnrelated = fmt.Errorf("no events")
)

const (
	unknown   = "ctlog reads CloudTrail's own files, events one a line, the output of lookup-events, EventBridge, CloudWatch Logs, and tables (CSV) of events"
	byRaw     = "write the events as lines: jq -rc '%s' FILE > events.jsonl"
	pointsAt  = "they only say where the log files are; name those instead"
	elsewhere = "it is not from CloudTrail; name the trail's own log files"
)

func lines(filter string) string { return fmt.Sprintf(byRaw, filter) }

// forms are in the order in which they are asked: what is more special first.
var forms = []form{
	{what: "Elasticsearch or OpenSearch hits", keys: []string{"_index", "_source"}, hint: lines("._source | .event.original? // .")},
	{what: "an Elasticsearch or OpenSearch response", keys: []string{"hits"}, hint: lines(".hits.hits[]._source | .event.original? // .")},
	{what: "documents in the Elastic Common Schema", keys: []string{"@timestamp", "ecs"}, hint: lines(".event.original // empty")},
	{what: "documents in the Elastic Common Schema", keys: []string{"@timestamp", "event", "cloud"}, hint: lines(".event.original // empty")},
	{what: "actions of an Elasticsearch bulk request", keys: []string{"index"}, alone: true, unrelated: true},
	{what: "actions of an Elasticsearch bulk request", keys: []string{"create"}, alone: true, unrelated: true},
	{what: "Splunk results", keys: []string{"result", "preview"}, hint: lines(".result._raw // empty")},
	{what: "Splunk results", keys: []string{"result", "offset"}, hint: lines(".result._raw // empty")},
	{what: "a Splunk response", keys: []string{"results", "preview"}, hint: lines(".results[]._raw")},
	{what: "a Splunk response", keys: []string{"results", "init_offset"}, hint: lines(".results[]._raw")},
	{what: "Splunk results", keys: []string{"_raw"}, hint: lines("._raw")},
	{what: "events for Splunk's HTTP Event Collector", keys: []string{"event", "sourcetype"}, hint: lines(".event")},
	{what: "OCSF events, as Security Lake keeps them", keys: []string{"class_uid", "metadata"}, hint: "name the trail's own log files, or, where raw_data was kept: jq -rc '.raw_data // empty' FILE > events.jsonl"},
	{what: "OCSF events, as Security Lake keeps them", keys: []string{"class_uid", "category_uid"}, hint: "name the trail's own log files, or, where raw_data was kept: jq -rc '.raw_data // empty' FILE > events.jsonl"},
	{what: "what aws athena get-query-results prints", keys: []string{"ResultSet"}, hint: "name the CSV file that Athena wrote to S3, see ResultConfiguration.OutputLocation of aws athena get-query-execution"},
	{what: "what aws cloudtrail get-query-results prints", keys: []string{"QueryResultRows"}, hint: "select eventJson in the query, and: jq -rc '.QueryResultRows[] | add | .eventJson' FILE > events.jsonl"},
	{what: "what aws logs get-query-results prints", keys: []string{"results", "statistics"}, hint: lines(`.results[][] | select(.field=="@message").value`)},
	{what: "what aws logs filter-log-events prints", keys: []string{"events", "searchedLogStreams"}, hint: lines(".events[].message")},
	{what: "what aws logs get-log-events prints", keys: []string{"events", "nextForwardToken"}, hint: lines(".events[].message")},
	{what: "what CloudWatch Logs holds", keys: []string{"message", "ingestionTime"}, hint: lines(".message")},
	{what: "lookup-events output without the events", keys: []string{"EventId", "EventName"}, hint: "export it again with CloudTrailEvent, as aws cloudtrail lookup-events prints it without --query"},
	{what: "Microsoft Sentinel's AWSCloudTrail table", keys: []string{"EventName", "UserIdentityType"}, hint: "the table does not keep the event as delivered; name the trail's own log files"},
	{what: "an EventBridge event of another kind", keys: []string{"detail-type", "detail"}, hint: elsewhere},
	{what: "S3 event notifications", keys: []string{"s3", "eventSource"}, hint: pointsAt},
	{what: "notifications of CloudTrail", keys: []string{"s3Bucket", "s3ObjectKey"}, hint: pointsAt},
	{what: "messages of SQS", keys: []string{"ReceiptHandle", "Body"}, hint: pointsAt},
	{what: "messages of SQS", keys: []string{"receiptHandle", "body"}, hint: pointsAt},
	{what: "messages of SNS", keys: []string{"TopicArn", "Message"}, hint: pointsAt},
	{what: "findings of Security Hub", keys: []string{"SchemaVersion", "ProductArn"}, hint: elsewhere},
	{what: "findings of GuardDuty", keys: []string{"schemaVersion", "service", "severity"}, hint: elsewhere},
	{what: "a snapshot or history of AWS Config", keys: []string{"configurationItems"}, hint: elsewhere},
	{what: "logs of AWS WAF", keys: []string{"webaclId", "httpRequest"}, hint: elsewhere},
	{what: "query logs of the Route 53 Resolver", keys: []string{"query_timestamp", "query_name"}, hint: elsewhere},
	{what: "an audit log of Google Cloud", keys: []string{"protoPayload"}, hint: elsewhere},
	{what: "an activity log of Azure", keys: []string{"operationName", "resourceId"}, hint: elsewhere},
	{what: "an audit log of Microsoft 365", keys: []string{"Operation", "Workload"}, hint: elsewhere},
	{what: "an audit log of Kubernetes", keys: []string{"auditID", "verb"}, hint: elsewhere},
	{what: "a system log of Okta", keys: []string{"actor", "published", "eventType"}, hint: elsewhere},

	{what: "public keys of CloudTrail", keys: []string{"PublicKeyList"}, unrelated: true},
	{what: "public keys of CloudTrail", keys: []string{"publicKeyList"}, unrelated: true},
	{what: "the sign file of CloudTrail Lake's results", keys: []string{"hashSignature", "publicKeyFingerprint"}, unrelated: true},
	{what: "what aws s3api head-object prints", keys: []string{"AcceptRanges", "ContentLength"}, unrelated: true},
	{what: "results of ctlog verify", keys: []string{"kind", "status"}, unrelated: true},
	{what: "results of ctlog verify", keys: []string{"kind", "verdict"}, unrelated: true},
}

// maxKeys is how many keys of an object are looked at to tell its form.
const maxKeys = 64

// formOf tells the form of an object, of which the beginning is enough; nil:
// none that is known.
func formOf(raw []byte) *form {
	keys := keysOf(raw, maxKeys)
	for i := range forms {
		f := &forms[i]
		has := func(key string) bool { return slices.Contains(keys, key) }
		if !slices.ContainsFunc(f.keys, func(key string) bool { return !has(key) }) && (!f.alone || len(keys) == len(f.keys)) {
			return f
		}
	}
	return nil
}

// keysOf gives the first keys of an object.
func keysOf(raw []byte, most int) (keys []string) {
	for c := Inside(raw); len(keys) < most; {
		key, _, ok := c.Member()
		if !ok {
			break
		}
		keys = append(keys, string(AppendText(nil, key)))
	}
	return keys
}

// error says what an object of the form, or of none, is.
func (f *form) error(raw []byte, at int64) *Error {
	switch {
	case f == nil:
		return &Error{Err: ErrOther, Offset: at, Detail: "objects " + withKeys(raw), Hint: unknown}
	case f.unrelated:
		return &Error{Err: ErrUnrelated, Offset: at, Detail: f.what}
	}
	return &Error{Err: ErrOther, Offset: at, Detail: f.what, Hint: f.hint}
}

// Of an object of no known form so many keys are named, and so much of each.
const (
	someKeys = 5
	someKey  = 40
)

func withKeys(raw []byte) string {
	keys := keysOf(raw, someKeys+1)
	if len(keys) == 0 {
		return "without keys"
	}
	return "with the keys " + shortList(keys)
}

func shortKey(key string) string {
	if len(key) <= someKey {
		return key
	}
	return strings.ToValidUTF8(key[:someKey], "") + "…"
}
