package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"parley": main})
}

// TestScript runs testdata/script: what a user types, and what is said to it.
// Each script has $ADDR, a loopback address on which nothing listens.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			address, err := freeAddress()
			e.Setenv("ADDR", address)
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"ready":  ready,
			"occupy": occupy,
			"call":   call,
			"status": status,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// ready waits until the server on $ADDR is.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get("http://" + ts.Getenv("ADDR") + "/readyz")
		if err == nil {
			resp.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("the server on %s is not ready: %v", ts.Getenv("ADDR"), err)
		}
	}
}

// occupy listens on $ADDR until the script ends.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", ts.Getenv("ADDR"))
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}

// call FILE PROFILE METHOD PATH [BODY] sends a request signed with a profile of
// a credentials file, and prints the status and the body.
func call(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: call FILE PROFILE METHOD PATH [BODY]")
	}
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	key, err := profile(f, args[1])
	ts.Check(err)
	body := []byte(strings.Join(args[4:], ""))
	r, err := http.NewRequest(args[2], "http://"+ts.Getenv("ADDR")+args[3], bytes.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{AccessKeyID: key["aws_access_key_id"], SecretAccessKey: key["aws_secret_access_key"]},
		r, hex.EncodeToString(sum[:]), "qbusiness", key["region"], time.Now())
	ts.Check(err)
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d %s %s\n", resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType"), answer)
}

// status N COMMAND... runs a command that has to exit with status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

func TestProfile(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "# a = comment\n[other]\na = 1\n\n[ default ]\na=0\n[default]\n a = x=y \n# a = 2\n; a\nb=\n[last]\na = 3\n")
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	got, err := profile(f, "default")
	if err != nil || len(got) != 2 || got["a"] != "x=y" || got["b"] != "" {
		t.Errorf("%q, %v", got, err)
	}
}
