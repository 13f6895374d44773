package parse

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Tables spell the names of members in their own ways: Athena in lower case,
// the console in words. Without case, spaces and hyphens they are the same.

// schema is what is known of a value whose members have names: how CloudTrail
// spells them, and what they are.
type schema struct {
	name    string
	kind    cellKind
	members map[string]*schema // by the name without case
}

// cellKind says how a cell becomes a value.
type cellKind int

const (
	cellText cellKind = iota
	cellFlag          // true or false
	cellTime
	cellJSON   // JSON, or a text
	cellStruct // JSON, or a struct as Athena writes it
	cellList   // JSON, or a list of structs
)

func text(name string) *schema { return &schema{name: name} }

func of(kind cellKind, name string, members ...*schema) *schema {
	s := &schema{name: name, kind: kind}
	if len(members) > 0 {
		s.members = map[string]*schema{}
	}
	for _, m := range members {
		s.members[plainName(m.name)] = m
	}
	return s
}

// eventSchema is after the CloudTrail Lake schema and the table that Athena's
// user guide makes for CloudTrail.
var eventSchema = of(cellStruct, "",
	text("eventVersion"), userIdentity, of(cellTime, "eventTime"), text("eventSource"), text("eventName"), text("awsRegion"),
	text("sourceIPAddress"), text("userAgent"), text("errorCode"), text("errorMessage"),
	of(cellJSON, "requestParameters"), of(cellJSON, "responseElements"), of(cellJSON, "additionalEventData"),
	text("requestID"), text("eventID"), of(cellFlag, "readOnly"),
	of(cellList, "resources", text("ARN"), text("accountId"), text("type"), text("ARNPrefix")),
	text("eventType"), text("apiVersion"), of(cellFlag, "managementEvent"), text("recipientAccountId"), text("sharedEventID"),
	text("vpcEndpointId"), text("vpcEndpointAccountId"), of(cellJSON, "serviceEventDetails"), text("eventCategory"),
	of(cellStruct, "addendum", text("reason"), text("updatedFields"), text("originalRequestID"), text("originalEventID")),
	of(cellJSON, "edgeDeviceDetails"), of(cellJSON, "insightDetails"), of(cellJSON, "eventContext"),
	of(cellStruct, "tlsDetails", text("tlsVersion"), text("cipherSuite"), text("clientProvidedHostHeader")),
	text("sessionCredentialFromConsole"), text("annotation"),
)

var userIdentity = of(cellStruct, "userIdentity",
	text("type"), text("principalId"), text("arn"), text("accountId"), text("accessKeyId"), text("userName"), text("invokedBy"),
	text("identityProvider"), text("credentialId"),
	of(cellStruct, "onBehalfOf", text("userId"), text("identityStoreArn")),
	of(cellStruct, "inScopeOf", text("issuerType"), text("credentialsIssuedTo"), text("sourceArn"), text("sourceAccount")),
	of(cellStruct, "sessionContext",
		of(cellStruct, "attributes", of(cellTime, "creationDate"), text("mfaAuthenticated")),
		of(cellStruct, "sessionIssuer", text("type"), text("principalId"), text("arn"), text("accountId"), text("userName")),
		of(cellStruct, "webIdFederationData", text("federatedProvider"), of(cellJSON, "attributes")),
		text("sourceIdentity"), text("ec2RoleDelivery"), text("ec2IssuedInVpc"), text("assumedRoot")),
)

// historyNames are the columns of the console's Event history that are not named
// like members of events.
var historyNames = map[string]string{"username": "userIdentity.userName", "awsaccesskey": "userIdentity.accessKeyId"}

// rawNames are the columns that hold events as they were delivered.
var rawNames = []string{"_raw", "eventjson", "cloudtrailevent", "@message"}

// plainName is a column's name without what differs between tables.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\ufeff':
			return -1
		case 'A' <= r && r <= 'Z':
			return r | 0x20
		}
		return r
	}, strings.TrimSpace(name))
}

// column says where a cell goes.
type column struct {
	path   []string // of members
	schema *schema  // nil: CloudTrail does not know it
}

// newColumn reads a column's name. Names with dots lead into members; below what
// a request or a response has they are kept as they are.
func newColumn(name string) column {
	if full := historyNames[plainName(name)]; full != "" {
		name = full
	}
	at, path := eventSchema, strings.Split(name, ".")
	for i, part := range path {
		if at = at.members[plainName(part)]; at == nil {
			return column{path: []string{name}}
		}
		path[i] = at.name
		if at.kind == cellJSON && i+1 < len(path) {
			return column{path, text("")}
		}
	}
	return column{path, at}
}

func (c column) known(name string) bool {
	return c.schema != nil && len(c.path) == 1 && c.path[0] == name
}

// columns is what a header says.
type columns struct {
	names   []string
	columns []column
	raw     int  // the column with the event as delivered, -1: none is known
	whole   bool // there is enough for an event in the columns
	tree    []*branch

	made, unsure, untimed int64 // events put together; of them with a struct kept as text, and a time in no known form
}

// branch is a member that cells are put into.
type branch struct {
	name   string
	cell   int // the column's index, -1: an object of branches
	schema *schema
	below  []*branch
}

// newColumns reads a header; nil when it is none that is known.
func newColumns(header []string) *columns {
	c := &columns{raw: -1, names: slices.Clone(header)}
	for i, name := range header {
		if c.raw < 0 && slices.Contains(rawNames, plainName(name)) {
			c.raw = i
		}
		c.columns = append(c.columns, newColumn(name))
	}
	named := c.has("eventName")
	c.whole = named && (c.has("eventTime") || c.has("eventSource") || c.has("eventID"))
	if c.raw < 0 && !c.whole {
		return nil
	}
	for i, column := range c.columns {
		c.tree = grow(c.tree, column.path, i, column.schema)
	}
	return c
}

// knownHeader reports whether a first line names columns that are known.
func knownHeader(names []string) bool { return newColumns(names) != nil }

func (c *columns) has(name string) bool {
	return slices.ContainsFunc(c.columns, func(col column) bool { return col.known(name) })
}

// grow adds a column to the members; where there is one already the first stays.
func grow(tree []*branch, path []string, cell int, s *schema) []*branch {
	i := slices.IndexFunc(tree, func(b *branch) bool { return b.name == path[0] })
	switch {
	case i < 0 && len(path) == 1:
		return append(tree, &branch{name: path[0], cell: cell, schema: s})
	case i < 0:
		tree, i = append(tree, &branch{name: path[0], cell: -1}), len(tree)
	case tree[i].cell >= 0 || len(path) == 1:
		return tree
	}
	tree[i].below = grow(tree[i].below, path[1:], cell, s)
	return tree
}

// full reports whether events can be put together from the columns.
func (c *columns) full() bool { return c != nil && c.whole }

// event gives the cell that is an event: the column's that is known to hold them,
// or else one that looks like it.
func (c *columns) event(row []string) string {
	if c != nil && c.raw >= 0 && c.raw < len(row) && isObject(row[c.raw]) {
		return row[c.raw]
	}
	first := ""
	for i, cell := range row {
		if !isObject(cell) || c != nil && i < len(c.columns) && c.columns[i].schema != nil {
			continue
		}
		if isEvent([]byte(cell)) {
			return cell
		}
		if first == "" && !c.full() {
			first = cell
		}
	}
	return first
}

func isObject(cell string) bool {
	cell = strings.TrimSpace(cell)
	return len(cell) > 1 && cell[0] == '{' && cell[len(cell)-1] == '}'
}

// remark says what is to be known of events that were put together.
func (c *columns) remark() string {
	if c == nil || c.made == 0 {
		return ""
	}
	remark := "a table, not the events as delivered: they are put together from its columns, and what has no column is missing"
	if c.unsure > 0 {
		remark += fmt.Sprintf("; values of %d of them cannot be told apart for sure and are kept as text", c.unsure)
	}
	if c.untimed > 0 {
		remark += fmt.Sprintf("; the time of %d of them is in no known form, and no span of time has them", c.untimed)
	}
	return remark
}

// appendEvent puts the event of a row together.
func (c *columns) appendEvent(dst []byte, row []string) []byte {
	e := rowEvent{row: row, dst: dst}
	if !e.object(c.tree) {
		e.dst = append(e.dst, "{}"...)
	}
	c.made++
	if e.unsure {
		c.unsure++
	}
	if e.untimed {
		c.untimed++
	}
	return e.dst
}

// rowEvent is an event that is being put together.
type rowEvent struct {
	row             []string
	dst             []byte
	unsure, untimed bool
}

// object appends the members that have values, and nothing if none has.
func (e *rowEvent) object(members []*branch) (some bool) {
	start := len(e.dst)
	e.dst = append(e.dst, '{')
	for _, m := range members {
		before := len(e.dst)
		if some {
			e.dst = append(e.dst, ',')
		}
		e.dst = append(appendQuoted(e.dst, m.name), ':')
		if !e.member(m) {
			e.dst = e.dst[:before]
			continue
		}
		some = true
	}
	if !some {
		e.dst = e.dst[:start]
		return false
	}
	e.dst = append(e.dst, '}')
	return true
}

func (e *rowEvent) member(m *branch) bool {
	switch {
	case m.cell < 0:
		return e.object(m.below)
	case m.cell >= len(e.row):
		return false
	}
	return e.value(strings.TrimSpace(e.row[m.cell]), m.schema)
}

// value appends what a cell stands for; false: it has no value.
func (e *rowEvent) value(cell string, s *schema) bool {
	if cell == "" || cell == "null" || cell == "-" && s != nil {
		return false
	}
	switch {
	case s == nil:
	case s.kind == cellFlag && (strings.EqualFold(cell, "true") || strings.EqualFold(cell, "false")):
		e.dst = append(e.dst, strings.ToLower(cell)...)
		return true
	case s.kind == cellTime:
		return e.time(cell)
	case s.kind >= cellJSON:
		return e.nested(cell, s)
	}
	e.dst = appendQuoted(e.dst, cell)
	return true
}

// nested appends JSON as it is, and a struct or list as JSON. A text that could
// mean two things stays a text.
func (e *rowEvent) nested(cell string, s *schema) bool {
	if raw := []byte(cell); (raw[0] == '{' || raw[0] == '[') && Valid(raw) == nil {
		if bytes.Equal(raw, []byte("[]")) || bytes.Equal(raw, []byte("{}")) {
			return false
		}
		e.dst = append(e.dst, historyResources(raw, s)...)
		return true
	}
	if s.kind != cellJSON {
		if dst, ok := appendStruct(e.dst, cell, s); ok {
			some := len(dst) > len(e.dst)
			e.dst = dst
			return some
		}
		e.unsure = true
	}
	e.dst = appendQuoted(e.dst, cell)
	return true
}

// time appends a time as CloudTrail writes it.
func (e *rowEvent) time(cell string) bool {
	t, ok := eventTime(cell)
	e.untimed = e.untimed || !ok
	e.dst = appendQuoted(e.dst, t)
	return true
}

// historyResources are resources as the console's Event history names them, in
// CloudTrail's own form: of a name that is an ARN it is known what it is.
func historyResources(raw []byte, s *schema) []byte {
	if s.kind != cellList || !bytes.Contains(raw, []byte(`"resourceType"`)) {
		return raw
	}
	out := []byte{'['}
	for c := Inside(raw); ; {
		element, ok := c.Element()
		if !ok {
			break
		}
		kind, _ := Field(element, "resourceType")
		name, _ := Field(element, "resourceName")
		if !IsString(kind) || !IsString(name) {
			return raw
		}
		key := `"resourceName":`
		if bytes.HasPrefix(name, []byte(`"arn:`)) {
			key = `"ARN":`
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(append(append(out, `{"type":`...), kind...), ','), key...), name...), '}')
	}
	return append(out, ']')
}
