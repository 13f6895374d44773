package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/query/match"
)

// fieldFlags are the conditions on events that grep and the triage commands
// share, as the user gave them.
type fieldFlags struct {
	fields match.Fields
	span   spanFlag
	ioc    iocFlags
	given  *pflag.FlagSet
}

func (g *fieldFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	g.given = f
	list := func(to *[]string, name, usage string) { f.StringSliceVar(to, name, nil, usage) }
	list(&g.fields.EventName, "event-name", "eventName")
	list(&g.fields.EventSource, "event-source", "eventSource")
	list(&g.fields.ErrorCode, "error-code", "errorCode, with or without its prefix; '*' is any failure, of a console login too")
	list(&g.fields.Region, "region", "awsRegion")
	list(&g.fields.Account, "account", "recipientAccountId or userIdentity.accountId")
	list(&g.fields.UserAgent, "user-agent", "userAgent")
	list(&g.fields.SourceIP, "source-ip", "address, CIDR or service name")
	list(&g.fields.User, "user", "ARN, user name, principal ID, session issuer, or the name that summary prints")
	list(&g.fields.AccessKey, "access-key", "access key ID that was used, given out, or that something was done to")
	list(&g.fields.EventID, "event-id", "eventID")
	g.span.add(f, "eventTime from then on: 2024-01-09, 2024-01-09T14:00, RFC 3339, 24h, 7d", "eventTime before then")
	f.String("around", "", "what happened about then: an event ID, or a time")
	f.Duration("window", defaultWindow, "how long before and after")
	f.BoolVar(&g.fields.ReadOnly, "read-only", false, "calls that change nothing: by readOnly, in old events by their name")
	f.BoolVar(&g.fields.WriteOnly, "write-only", false, "calls that change something")
	f.BoolVar(&g.fields.Denied, "denied", false, "what the caller was not let: AccessDenied, UnauthorizedOperation, a failed login, and the like")
	f.StringArrayVarP(&g.fields.Contains, "contains", "F", nil, "this text anywhere in the event")
	g.ioc.add(f)
	f.BoolVarP(&g.fields.IgnoreCase, "ignore-case", "i", false, "ignore case in field flags and -F")
}

// compile checks the values; without any condition it gives nil, which matches
// everything.
func (g *fieldFlags) compile(now time.Time) (*match.Conditions, error) {
	if err := g.check(now); err != nil {
		return nil, err
	}
	c, err := g.fields.Compile()
	if err != nil {
		return nil, misuse("", "%s", err)
	}
	return c, nil
}

// check reads the values that are not taken as they are.
func (g *fieldFlags) check(now time.Time) error {
	if err := g.empty(); err != nil {
		return err
	}
	if g.fields.ReadOnly && g.fields.WriteOnly {
		return misuse("", "--read-only and --write-only exclude each other")
	}
	span, err := g.span.parse(now)
	if err != nil {
		return err
	}
	g.fields.Since, g.fields.Until = span.From, span.To
	if g.fields.Indicators, err = g.ioc.read(); err != nil {
		return err
	}
	return g.addresses()
}

// empty refuses a flag without a value, as "$NAME" is when NAME is not set: it
// would select everything.
func (g *fieldFlags) empty() (err error) {
	g.given.Visit(func(f *pflag.Flag) {
		if v := f.Value.String(); slices.Contains(valued, f.Name) && (v == "" || v == "[]" || v == `[""]`) {
			err = misuse("without it, every event is selected; an unset variable of the shell gives such a value", "--%s has no value", f.Name)
		}
	})
	return err
}

// valued are the field flags that take a value.
var valued = []string{"event-name", "event-source", "error-code", "region", "account", "user-agent", "source-ip", "user", "access-key", "event-id",
	"since", "until", "contains", "ioc", "ioc-report", "around"}

// addresses refuses the beginning of an address, which would match nothing.
func (g *fieldFlags) addresses() error {
	for _, v := range g.fields.SourceIP {
		if v != "" && strings.Trim(v, "0123456789.") == "" && strings.Count(v, ".") < 3 {
			return misuse("write a network as 203.0.113.0/24, or '203.0.113.*'", "--source-ip: invalid address %q", v)
		}
	}
	return nil
}
