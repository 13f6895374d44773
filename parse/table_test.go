package parse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const (
	historyHeader = "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\n"

	identityText = "{type=AssumedRole, principalid=AROAEXAMPLE:mallory, arn=arn:aws:sts::111122223333:assumed-role/Admin/mallory, accountid=111122223333, invokedby=null, accesskeyid=ASIAEXAMPLE, username=null, " +
		"sessioncontext={attributes={mfaauthenticated=false, creationdate=2024-01-09 10:00:00.000}, sessionissuer={type=Role, principalid=AROAEXAMPLE, arn=arn:aws:iam::111122223333:role/Admin, accountid=111122223333, username=Admin}, ec2roledelivery=null, webidfederationdata=null}}"
	identityJSON = `{"type":"AssumedRole","principalId":"AROAEXAMPLE:mallory","arn":"arn:aws:sts::111122223333:assumed-role/Admin/mallory","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE",` +
		`"sessionContext":{"attributes":{"mfaAuthenticated":"false","creationDate":"2024-01-09T10:00:00Z"},"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/Admin","accountId":"111122223333","userName":"Admin"}}}`
)

var tableCases = []struct {
	name, in string
	want     []string
	remark   string // part of it
}{
	{"the console's Event history", historyHeader +
		`mallory,AKIAEXAMPLE,2024-01-09T10:00:00Z,iam.amazonaws.com,AttachGroupPolicy,us-east-1,192.0.2.1,"aws-cli/2.15 (a, b)",,"[{""resourceType"":""AWS::IAM::Policy"",""resourceName"":""arn:aws:iam::aws:policy/AdministratorAccess""},{""resourceType"":""AWS::IAM::Group"",""resourceName"":""ops""}]",r1,e1,false,AwsApiCall,111122223333,Management` + "\n" +
		`,,2024-01-09T10:00:01Z,ssm.amazonaws.com,OpenDataChannel,us-east-1,192.0.2.1,ssm.amazonaws.com,AccessDenied,[],,e2,true,AwsServiceEvent,111122223333,Management` + "\n",
		[]string{
			`{"userIdentity":{"userName":"mallory","accessKeyId":"AKIAEXAMPLE"},"eventTime":"2024-01-09T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"AttachGroupPolicy","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2.15 (a, b)",` +
				`"resources":[{"type":"AWS::IAM::Policy","ARN":"arn:aws:iam::aws:policy/AdministratorAccess"},{"type":"AWS::IAM::Group","resourceName":"ops"}],"requestID":"r1","eventID":"e1","readOnly":false,"eventType":"AwsApiCall","recipientAccountId":"111122223333","eventCategory":"Management"}`,
			`{"eventTime":"2024-01-09T10:00:01Z","eventSource":"ssm.amazonaws.com","eventName":"OpenDataChannel","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"ssm.amazonaws.com","errorCode":"AccessDenied","eventID":"e2","readOnly":true,"eventType":"AwsServiceEvent","recipientAccountId":"111122223333","eventCategory":"Management"}`,
		}, "not the events as delivered"},
	{"columns of Athena", "\"eventversion\",\"useridentity\",\"eventtime\",\"eventname\",\"sourceipaddress\",\"requestparameters\",\"responseelements\",\"readonly\",\"resources\",\"tlsdetails\",\"region\"\n" +
		`"1.08","` + identityText + `","2024-01-09T10:05:00Z","GetObject","192.0.2.1","{""bucketName"":""b"",""n"":1}","null","true","[{arn=arn:aws:s3:::b, accountid=111122223333, type=AWS::S3::Bucket}, {arn=arn:aws:s3:::b/k, accountid=null, type=AWS::S3::Object}]","{tlsversion=TLSv1.3, ciphersuite=X, clientprovidedhostheader=h}","us-east-1"` + "\n",
		[]string{`{"eventVersion":"1.08","userIdentity":` + identityJSON + `,"eventTime":"2024-01-09T10:05:00Z","eventName":"GetObject","sourceIPAddress":"192.0.2.1","requestParameters":{"bucketName":"b","n":1},"readOnly":true,` +
			`"resources":[{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"},{"ARN":"arn:aws:s3:::b/k","type":"AWS::S3::Object"}],"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"X","clientProvidedHostHeader":"h"},"region":"us-east-1"}`},
		"not the events as delivered"},
	{"columns of CloudTrail Lake, below the query", "\"SELECT eventName, eventTime,\n requestParameters FROM x\"\neventName,eventTime,requestParameters\nGetObject,2024-01-09 10:05:00.000,\"{bucketName=b, key=k}\"\n",
		[]string{`{"eventName":"GetObject","eventTime":"2024-01-09T10:05:00Z","requestParameters":"{bucketName=b, key=k}"}`}, "what has no column is missing"},
	{"tabs", "eventname\teventtime\tuseridentity\trequestparameters\nGetObject\t2024-01-09T10:05:00Z\t" + identityText + "\t{\"a\":\"b, c\"}\n",
		[]string{`{"eventName":"GetObject","eventTime":"2024-01-09T10:05:00Z","userIdentity":` + identityJSON + `,"requestParameters":{"a":"b, c"}}`}, "not the events"},
	{"dotted columns", "eventTime,eventName,userIdentity.arn,userIdentity.sessionContext.sessionIssuer.userName,requestParameters.bucketName\n2024-01-09T10:05:00Z,GetObject,arn:x,Admin,b\n2024-01-09T10:05:01Z,GetObject,,,\n",
		[]string{`{"eventTime":"2024-01-09T10:05:00Z","eventName":"GetObject","userIdentity":{"arn":"arn:x","sessionContext":{"sessionIssuer":{"userName":"Admin"}}},"requestParameters":{"bucketName":"b"}}`,
			`{"eventTime":"2024-01-09T10:05:01Z","eventName":"GetObject"}`}, "not the events"},
	{"semicolons, and a byte order mark", "\xef\xbb\xbfeventTime;eventName;eventID\n2024-01-09T10:05:00Z;A;1\n", []string{`{"eventTime":"2024-01-09T10:05:00Z","eventName":"A","eventID":"1"}`}, "not the events"},
	{"a struct that may mean two things", "eventname,eventtime,useridentity\nA,2024-01-09T10:05:00Z,\"{type=IAMUser, username=x, arn=forged, arn=arn:y}\"\nB,10:05,\"{type=IAMUser, username=x}\"\n",
		[]string{`{"eventName":"A","eventTime":"2024-01-09T10:05:00Z","userIdentity":"{type=IAMUser, username=x, arn=forged, arn=arn:y}"}`, `{"eventName":"B","eventTime":"10:05","userIdentity":{"type":"IAMUser","userName":"x"}}`},
		"values of 1 of them cannot be told apart for sure and are kept as text; the time of 1 of them is in no known form"},
	{"a struct of nothing", "eventname,eventtime,useridentity\nA,2024-01-09T10:05:00Z,\"{type=null, sessioncontext={attributes=null}}\"\n",
		[]string{`{"eventName":"A","eventTime":"2024-01-09T10:05:00Z"}`}, "not the events"},
	{"Splunk", "_raw,_time,host\n" + csvQuote(strings.ReplaceAll(ev1, ",", ",\n")) + ",2024-01-09T10:05:00.000+0000,h\n" + csvQuote(ev2) + ",,h\n", []string{strings.ReplaceAll(ev1, ",", ",\n"), ev2}, ""},
	{"Splunk, fields before the event", "\"_time\",eventName,eventSource,requestParameters,\"_raw\"\nx,GetObject,s3.amazonaws.com,{}," + csvQuote(ev1) + "\n", []string{ev1}, ""},
	{"Splunk, the event not in quotes", "_raw,_time\n" + ev1 + ",2024\n" + ev2 + ",2024\n", []string{ev1, ev2}, ""},
	{"one column of events, not in quotes", "eventjson\n" + ev1 + "\n" + ev2 + "\n", []string{ev1, ev2}, ""},
	{"an envelope in a cell", "id,event\n1," + csvQuote(`{"version":"0","detail-type":"t","detail":`+ev2+`}`) + "\n", []string{ev2}, ""},
}

func TestTables(t *testing.T) {
	for _, c := range tableCases {
		for size, l := range map[string]Limits{"whole": {}, "streamed": small} {
			got, errs, b := read(l, c.in, false)
			if !slices.Equal(got, c.want) || len(errs) > 0 || b.Others() != nil {
				t.Errorf("%s, %s:\n got %q\nwant %q\nerrors %q, %+v", c.name, size, got, c.want, errs, b.Others())
			}
			if remark := b.Remark(); !strings.Contains(remark, c.remark) || (c.remark == "") != (remark == "") {
				t.Errorf("%s: remark %q, want %q", c.name, remark, c.remark)
			}
			for _, e := range got {
				if err := Valid([]byte(e)); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			}
		}
	}
}

func TestTablesWithoutEvents(t *testing.T) {
	for in, want := range map[string]string{
		"eventname,_col1\nGetObject,7\n": "a table without events: its columns are eventname, _col1",
		"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n": "its columns are a, b, c, d, e, …",
		"just a text\nof two lines\n":    "neither JSON nor a supported CSV",
	} {
		got, errs, _ := read(Limits{}, in, false)
		if len(got) > 0 || len(errs) != 1 || !strings.Contains(errs[0], want) {
			t.Errorf("%q: %q, errors %q, want %q", in, got, errs, want)
		}
	}
	if got, errs, _ := read(Limits{}, "eventname,eventtime,eventsource\n", false); len(got)+len(errs) > 0 {
		t.Errorf("a table without rows: %q, %q", got, errs)
	}
}

// A struct that is written as Athena writes it reads as what it was, unless that
// cannot be known.
func TestStructRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sure := 0
	for range 5000 {
		tree := randomStruct(r, userIdentity)
		text, want := tree.text(), tree.json()
		got, ok := appendStruct(nil, text, userIdentity)
		if ok {
			sure++
		}
		if tree.doubtful == ok || ok && string(got) != want {
			t.Fatalf("%s\n gives %s, %v\nwant %s, doubtful: %v", text, got, ok, want, tree.doubtful)
		}
	}
	if sure < 1000 || sure > 4900 {
		t.Errorf("%d of 5000 are sure: the test tests nothing", sure)
	}
}

// structTree is a value of a struct.
type structTree struct {
	schema   *schema
	value    string // of a text
	members  []*structTree
	doubtful bool
}

func randomStruct(r *rand.Rand, s *schema) *structTree {
	tree := &structTree{schema: s}
	if s.kind != cellStruct {
		tree.value = randomText(r)
		tree.doubtful = strings.ContainsAny(tree.value, "{}[]") || strings.Contains(tree.value, ", ")
		return tree
	}
	var names []string
	for name := range s.members {
		names = append(names, name)
	}
	slices.Sort(names)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:1+r.IntN(len(names))] {
		if m := s.members[name]; m.kind != cellJSON && m.kind != cellTime {
			below := randomStruct(r, m)
			tree.members = append(tree.members, below)
			tree.doubtful = tree.doubtful || below.doubtful
		}
	}
	return tree
}

func randomText(r *rand.Rand) string {
	pieces := []string{"arn:aws:iam::1:user/x", "a=b", ",", "=", "null", "é", "\"", "\\", "x y", "@", ".", "-"}
	if r.IntN(200) == 0 {
		pieces = []string{", ", "}", "{", "]", "x"}
	}
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

func (t *structTree) text() string {
	if t.schema.kind != cellStruct {
		return t.value
	}
	var parts []string
	for _, m := range t.members {
		parts = append(parts, strings.ToLower(m.schema.name)+"="+m.text())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (t *structTree) json() string {
	if t.schema.kind != cellStruct {
		if t.value == "" || t.value == "null" {
			return ""
		}
		return string(appendQuoted(nil, t.value))
	}
	var parts []string
	for _, m := range t.members {
		if j := m.json(); j != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", m.schema.name, j))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func FuzzStruct(f *testing.F) {
	f.Add(identityText, 0)
	f.Add("[{arn=a, accountid=b, type=c}]", 1)
	f.Fuzz(func(t *testing.T, text string, which int) {
		s := []*schema{userIdentity, eventSchema.members["resources"]}[which&1]
		got, ok := appendStruct(nil, text, s)
		if ok && len(got) > 0 && Valid(got) != nil {
			t.Fatalf("%q gives %s", text, got)
		}
	})
}

func FuzzTable(f *testing.F) {
	for _, c := range tableCases {
		header, rows, _ := strings.Cut(c.in, "\n")
		f.Add(header, rows)
	}
	f.Fuzz(func(t *testing.T, header, rows string) {
		in := header + "\n" + rows
		events, errs, b := read(Limits{}, in, false)
		events2, errs2, b2 := read(small, in, false)
		if !slices.Equal(events, events2) || !slices.Equal(errs, errs2) {
			t.Fatalf("whole %q %q, streamed %q %q", events, errs, events2, errs2)
		}
		if b != nil && b.Remark() != b2.Remark() {
			t.Fatalf("remarks %q, %q", b.Remark(), b2.Remark())
		}
		for _, e := range events {
			if err := Valid([]byte(e)); err != nil {
				t.Fatalf("event %q: %v", e, err)
			}
		}
	})
}
