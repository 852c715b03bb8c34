package outbound

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hostile answers in bad faith.
func (w *world) hostile(res http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/announced", "/endless":
		if r.URL.Path == "/announced" {
			res.Header().Set("Content-Length", strconv.Itoa(1<<40))
		}
		for r.Context().Err() == nil {
			if _, err := res.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	case "/bomb":
		res.Header().Set("Content-Encoding", "gzip")
		res.Write(zipped(2 << 20))
	case "/empty-members":
		res.Header().Set("Content-Encoding", "GZIP")
		for member := zipped(0); r.Context().Err() == nil; {
			if _, err := res.Write(bytes.Repeat(member, 1000)); err != nil {
				return
			}
		}
	case "/not-gzip":
		res.Header().Set("Content-Encoding", "gzip")
		io.WriteString(res, "canary, which is not gzip")
	case "/slow-header":
		<-w.done
	case "/slow-body":
		res.Write([]byte("x"))
		res.(http.Flusher).Flush()
		<-w.done
	case "/location":
		res.Header()["Location"] = []string{"https://%zz/?token=canary"}
		res.WriteHeader(http.StatusFound)
	case "/headers":
		res.Header().Set("X-Large", strings.Repeat("canary", 50<<10))
	}
}

func zipped(zeros int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, zeros))
	z.Close()
	return b.Bytes()
}

// raw serves bare connections at hostile.test and returns the port.
func (w *world) raw(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp4", hostileIP+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); handle(conn) }()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// says waits for the beginning of a request and answers with text.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		io.WriteString(conn, text)
	}
}

// drips answers with text again and again.
func drips(first, again string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
		for _, err := io.WriteString(conn, first); err == nil; {
			_, err = io.WriteString(conn, again)
		}
	}
}

// shakes hands with a certificate and settings of its own.
func shakes(config *tls.Config) func(net.Conn) {
	return func(conn net.Conn) {
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		secured := tls.Server(conn, config)
		if secured.Handshake() == nil {
			secured.Read(make([]byte, 4096))
			io.WriteString(secured, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
		}
	}
}

// resets breaks the connection at once.
func resets(conn net.Conn) {
	conn.Read(make([]byte, 1))
	conn.(*net.TCPConn).SetLinger(0)
}
