package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed testdata/awscli.py
var awsScript string

// awsCLI runs commands of the AWS CLI that is installed.
type awsCLI struct {
	env []string
	in  io.WriteCloser // of the one process that runs them all
	out *bufio.Reader
}

// newAWS starts the CLI against a server, with nothing of the user's setup.
func newAWS(t *testing.T, endpoint string) *awsCLI {
	t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the AWS CLI is not installed")
	}
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[default]\ns3 =\n    addressing_style = path\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &awsCLI{env: awsEnv(config, endpoint)}
	for _, python := range interpreters() {
		if a.start(t, python) {
			return a
		}
	}
	t.Log("no interpreter imports awscli: a process for every command, which is slow")
	return a
}

func awsEnv(config, endpoint string) (env []string) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			env = append(env, v)
		}
	}
	return append(env,
		"AWS_CONFIG_FILE="+config, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_ENDPOINT_URL="+endpoint,
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_MAX_ATTEMPTS=1", "AWS_PAGER=", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")
}

// interpreters are those that may have awscli: the one that runs `aws` first.
func interpreters() (list []string) {
	if aws, err := exec.LookPath("aws"); err == nil {
		if script, err := os.ReadFile(aws); err == nil && bytes.HasPrefix(script, []byte("#!")) {
			first, _, _ := strings.Cut(string(script[2:]), "\n")
			if python := strings.TrimSpace(first); strings.HasPrefix(filepath.Base(python), "python") {
				list = append(list, python)
			}
		}
	}
	return append(list, "python3", "python")
}

// start reports whether an interpreter runs the CLI; it then does until the
// end of the test.
func (a *awsCLI) start(t *testing.T, python string) bool {
	cmd := exec.Command(python, "-c", awsScript)
	cmd.Env = a.env
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if errors.Join(err1, err2) != nil || cmd.Start() != nil {
		return false
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || line != "ready\n" {
		in.Close()
		cmd.Wait()
		return false
	}
	a.in, a.out = in, lines
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	return true
}

// run gives the exit status of a command and what it printed on both streams.
func (a *awsCLI) run(t *testing.T, args ...string) (status int, printed string) {
	t.Helper()
	if a.in == nil {
		return a.runAlone(t, args)
	}
	var answer struct {
		Status  int
		Printed string
	}
	err := json.NewEncoder(a.in).Encode(args)
	line, err2 := a.out.ReadBytes('\n')
	if err := errors.Join(err, err2); err != nil {
		t.Fatal("the AWS CLI is gone: ", err)
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return answer.Status, answer.Printed
}

func (a *awsCLI) runAlone(t *testing.T, args []string) (int, string) {
	t.Helper()
	cmd := exec.Command("aws", args...)
	cmd.Env = a.env
	printed, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(printed)
}
