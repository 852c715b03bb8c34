package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// page is what a page says. html/template escapes it.
type page struct {
	Title, Text, User string
	Failed            bool
}

func failed(text string) page {
	return page{Title: "The sign-in did not work", Text: text, Failed: true}
}

// Style is the page's style sheet, word for word: its hash is in the policy.
func (page) Style() template.CSS {
	return template.CSS(pageCSS) //nolint:gosec // it is ours, embedded
}

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// policy lets the page have its own style sheet, and nothing else: no script,
// no image, no form, no frame around it.
func policy() string {
	hash := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// show writes a page. Its address has a code in it, so it is neither stored nor
// told to the next page.
func show(w http.ResponseWriter, status int, p page) {
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, p); err != nil { // a page has only text
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
