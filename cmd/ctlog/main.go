// Command ctlog searches CloudTrail logs and verifies that they are what AWS
// delivered, offline.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "unknown"

// Exit statuses, as every command's help repeats them.
const (
	exitOK          = 0   // found, proven
	exitNone        = 1   // no event matched
	exitTampered    = 1   // verify: something is wrong
	exitTrouble     = 2   // wrong usage, or input that could not be read
	exitIncomplete  = 3   // verify: not all is proven
	exitNoOutput    = 4   // grep -e: the filter gave nothing
	exitFilter      = 5   // grep --strict: the filter raised an error
	exitInterrupted = 130 // Ctrl-C
)

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // a second Ctrl-C ends the process at once
		cancel(errInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr}
	return a.run(args)
}
