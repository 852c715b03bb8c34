package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"
)

// trust FILE URL PATH [NAME] is get for a client that trusts the CA in FILE and
// nobody else, and knows the server by NAME.
func trust(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: trust FILE URL PATH [NAME]")
	}
	c := &tls.Config{RootCAs: x509.NewCertPool()}
	if !c.RootCAs.AppendCertsFromPEM([]byte(ts.ReadFile(args[0]))) {
		ts.Fatalf("%s has no certificate", args[0])
	}
	if len(args) > 3 {
		c.ServerName = args[3]
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
	err := fetch(ts, client, args[1]+args[2])
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	}
	if (err != nil) != neg {
		ts.Fatalf("trusted: %v; %v", err == nil, err)
	}
}

// priorKnowledge ADDRESS PATH is get by HTTP/2 in clear.
func priorKnowledge(ts *testscript.TestScript, neg bool, args []string) {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: p, DisableKeepAlives: true}}
	ts.Check(fetch(ts, client, "http://"+args[0]+args[1]))
}

// outside is an IPv4 address of this machine that is not loopback; empty: it has
// none.
func outside() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}
