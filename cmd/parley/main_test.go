package main

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parleyhq/parley/internal/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"parley": main})
}

// TestScript runs testdata/script: what a user types, and what is said to it.
// Each script has $ADDR and $ADDR2, loopback addresses on which nothing listens,
// $EVERYWHERE, the port of $ADDR on every address of the machine, and $OUTSIDE,
// that port on an address that is not loopback. The condition [outside] says
// whether the machine has such an address.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"ADDR", "ADDR2"} {
				address, err := demo.FreeAddress()
				if err != nil {
					return err
				}
				e.Setenv(name, address)
			}
			e.Setenv("EVERYWHERE", strings.TrimPrefix(e.Getenv("ADDR"), "127.0.0.1"))
			e.Setenv("OUTSIDE", outside()+e.Getenv("EVERYWHERE"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"ready":  ready,
			"occupy": occupy,
			"call":   call,
			"form":   form,
			"begin":  begin,
			"status": status,
			"keep":   keep,

			"await-build": awaitBuild,
			"get":         get,
			"certificate": makeCertificate,
			"trust":       trust,
			"h2c":         priorKnowledge,
		},
		Condition:           func(name string) (bool, error) { return name == "outside" && outside() != "", nil },
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// ready waits until the server on $ADDR is.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	for {
		resp, err := client.Get(scheme(ts) + ts.Getenv("ADDR") + "/readyz")
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

// scheme is $SCHEME, or http://.
func scheme(ts *testscript.TestScript) string {
	return cmp.Or(ts.Getenv("SCHEME"), "http://")
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
	resp, answer := send(ts, args[0], args[1], "qbusiness", args[2], args[3], "application/json", strings.Join(args[4:], ""))
	fmt.Fprintf(ts.Stdout(), "%d %s %s\n", resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType"), answer)
}

// form FILE PROFILE SERVICE FORM is call for an operation of IAM or STS.
func form(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: form FILE PROFILE SERVICE FORM")
	}
	resp, answer := send(ts, args[0], args[1], args[2], http.MethodPost, "/", "application/x-www-form-urlencoded", args[3])
	fmt.Fprintf(ts.Stdout(), "%d %s\n", resp.StatusCode, answer)
}

// begin FILE begins a profile [session] in FILE with the credentials that form
// printed last.
func begin(ts *testscript.TestScript, neg bool, args []string) {
	_, document, _ := strings.Cut(ts.ReadFile("stdout"), " ")
	var out struct {
		ID     string `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
		Secret string `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
		Token  string `xml:"AssumeRoleResult>Credentials>SessionToken"`
	}
	ts.Check(xml.Unmarshal([]byte(document), &out))
	ts.Setenv("SESSION_KEY", out.ID)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), fmt.Appendf(nil, "[session]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\nregion = us-east-1\n",
		out.ID, out.Secret, out.Token), 0o600))
}

// send sends a signed request.
func send(ts *testscript.TestScript, file, name, service, method, path, media, text string) (*http.Response, []byte) {
	f, err := os.Open(ts.MkAbs(file))
	ts.Check(err)
	defer f.Close()
	key, err := profile(f, name)
	ts.Check(err)
	body := []byte(text)
	r, err := http.NewRequest(method, "http://"+ts.Getenv("ADDR")+path, bytes.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", media)
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{AccessKeyID: key["aws_access_key_id"], SecretAccessKey: key["aws_secret_access_key"], SessionToken: key["aws_session_token"]},
		r, hex.EncodeToString(sum[:]), service, key["region"], time.Now())
	ts.Check(err)
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return resp, answer
}

// keep NAME MEMBER sets $NAME to a member of the JSON that call printed last.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	_, rest, ok := strings.Cut(ts.ReadFile("stdout"), fmt.Sprintf("%q:\"", args[1]))
	value, _, _ := strings.Cut(rest, `"`)
	if !ok || value == "" {
		ts.Fatalf("no member %s", args[1])
	}
	ts.Setenv(args[0], value)
}

// awaitBuild waits until `parley plugin show` of a plugin shows a build status.
func awaitBuild(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ts.Check(ts.Exec("parley", "plugin", "show", args[0]))
		if strings.Contains(ts.ReadFile("stdout"), "build    "+args[1]+"\n") {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("the build is not %s", args[1])
		}
	}
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

// get ADDRESS PATH prints the status and the body of an unsigned request; by
// TLS, whoever certifies, when ADDRESS begins with https://.
func get(ts *testscript.TestScript, neg bool, args []string) {
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
	}}
	if !strings.Contains(args[0], "://") {
		args[0] = "http://" + args[0]
	}
	ts.Check(fetch(ts, client, args[0]+args[1]))
}

// fetch prints the protocol, the status and the body of an answer.
func fetch(ts *testscript.TestScript, client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Fprintf(ts.Stdout(), "%s %d\n%s\n", resp.Proto, resp.StatusCode, body)
	return err
}

// makeCertificate writes cert.pem and key.pem, for loopback.
func makeCertificate(ts *testscript.TestScript, neg bool, args []string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

// TestOneRootCredential starts many servers on one directory: all have the
// credential of the one that was first.
func TestOneRootCredential(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	unset := func(string) string { return "" }
	found := make(chan key)
	for range 16 {
		go func() {
			k, err := rootKey(dir, "000000000000", "us-east-1", unset)
			if err != nil {
				t.Error(err)
			}
			found <- k
		}()
	}
	first := <-found
	for range 15 {
		if k := <-found; k.id != first.id || k.secret != first.secret {
			t.Errorf("two credentials: %s and %s", k.id, first.id)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
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
