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

//go:embed signin.html
var signInHTML string

//go:embed page.css
var pageCSS string

// style is the style sheet that all pages share.
type style struct{}

// Style is the style sheet, word for word: its hash is in the policy.
func (style) Style() template.CSS {
	return template.CSS(pageCSS) //nolint:gosec // it is ours, embedded
}

// page is what a page says. html/template escapes it.
type page struct {
	style
	Title, Text, User string
	Failed            bool
}

func failed(text string) page {
	return page{Title: "The sign-in did not work", Text: text, Failed: true}
}

var (
	pageTemplate   = template.Must(template.New("page").Parse(pageHTML))
	signInTemplate = template.Must(template.New("sign-in").Parse(signInHTML))
)

// policy lets a page have the style sheet, forms that lead to forms (a source list
// of CSP, such as 'self'), and nothing else: no script, no image, no frame around
// it.
func policy(forms string) string {
	hash := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action " + forms + "; frame-ancestors 'none'"
}

// show writes a page without a form. Its address has a code in it, so it is neither
// stored nor told to the next page.
func show(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	render(w, status, pageTemplate, p, "'none'")
}

// render writes a page whose forms lead to forms.
func render(w http.ResponseWriter, status int, t *template.Template, data any, forms string) {
	var body bytes.Buffer
	if err := t.Execute(&body, data); err != nil { // a page has only text
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy(forms))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
