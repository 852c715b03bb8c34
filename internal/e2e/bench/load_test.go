package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// connections is how many clients send at once, each on a connection of its own.
const connections = 64

// signed is a request as bytes on the wire. It is signed before the clock runs:
// the client's own work would otherwise be measured with the server's, since
// both share the machine.
func signed(tb testing.TB, host string, key aws.Credentials, method, path string, body []byte) []byte {
	tb.Helper()
	req, err := signedRequest(host, key, method, path, body)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func signedRequest(host string, key aws.Credentials, method, path string, body []byte) (*http.Request, error) {
	req, err := http.NewRequest(method, "http://"+host+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	sum := sha256.Sum256(body)
	return req, v4.NewSigner().SignHTTP(context.Background(), key, req, hex.EncodeToString(sum[:]), "qbusiness", "us-east-1", time.Now())
}

// load is what a run of requests came to.
type load struct {
	perSecond float64
	p99       time.Duration
	cpu       time.Duration // of this process for each request, ours and the client's
}

// run sends requests over the connections until next has no more, or the time
// is over, and demands 200 of every answer.
func run(tb testing.TB, addr string, limit time.Duration, next func(conn, i int) []byte) load {
	tb.Helper()
	var group sync.WaitGroup
	times := make([][]time.Duration, connections)
	errs := make([]error, connections)
	begin, spent := time.Now(), cpu(tb)
	for c := range connections {
		group.Go(func() {
			times[c], errs[c] = client(addr, begin.Add(limit), func(i int) []byte { return next(c, i) })
		})
	}
	group.Wait()
	took := time.Since(begin)
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
	}
	spent = cpu(tb) - spent
	all := slices.Concat(times...)
	slices.Sort(all)
	return load{perSecond: float64(len(all)) / took.Seconds(), p99: all[len(all)*99/100], cpu: spent / time.Duration(len(all))}
}

// cpu is what this process has had of the processors. Unlike time it does not
// grow with what else the machine does.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func client(addr string, until time.Time, next func(i int) []byte) (times []time.Duration, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	for i := 0; ; i++ {
		request := next(i)
		begin := time.Now()
		if request == nil || begin.After(until) {
			return times, nil
		}
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		if err := answer(in); err != nil {
			return nil, err
		}
		times = append(times, time.Since(begin))
	}
}

// answer reads one response with as little work as can be.
func answer(in *bufio.Reader) error {
	status, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	ok := bytes.HasPrefix(status, []byte("HTTP/1.1 200"))
	said := string(bytes.TrimSpace(status))
	size := -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if value, found := cutHeader(line, "Content-Length"); found {
			if size, err = strconv.Atoi(value); err != nil {
				return err
			}
		}
	}
	if !ok {
		body, _ := io.ReadAll(io.LimitReader(in, int64(max(size, 0))))
		return fmt.Errorf("%s: %s", said, body)
	}
	_, err = in.Discard(size)
	return err
}

func cutHeader(line []byte, name string) (string, bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return "", false
	}
	return string(bytes.TrimSpace(line[len(name)+1:])), true
}

// exchange sends one request and reads the whole answer.
func exchange(tb testing.TB, addr string, request []byte) (body []byte, status int) {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		tb.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		tb.Fatal(err)
	}
	return body, resp.StatusCode
}
