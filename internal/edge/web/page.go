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

//go:embed experience.html
var experienceHTML string

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

	experienceTemplate = template.Must(template.New("experience").Parse(experienceHTML))
)

// bounds are what a page may do beside showing text, as source lists of CSP such as
// 'self'.
type bounds struct {
	forms  string // where its forms lead
	images string
	frames string // in whose pages it may be a frame
}

// nobody is the source list of nothing.
const nobody = "'none'"

// policy lets a page have the style sheet and what its bounds say, and nothing else:
// no script.
func (b bounds) policy() string {
	hash := sha256.Sum256([]byte(pageCSS))
	images := ""
	if b.images != nobody {
		images = "; img-src " + b.images
	}
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'" + images +
		"; base-uri 'none'; form-action " + b.forms + "; frame-ancestors " + b.frames
}

// show writes a page without a form. Its address has a code in it, so it is neither
// stored nor told to the next page.
func show(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	render(w, status, pageTemplate, p, bounds{nobody, nobody, nobody})
}

// render writes a page within bounds.
func render(w http.ResponseWriter, status int, t *template.Template, data any, b bounds) {
	var body bytes.Buffer
	if err := t.Execute(&body, data); err != nil { // a page has only text
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", b.policy())
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if b.frames == nobody {
		h.Set("X-Frame-Options", "DENY") // to browsers that do not read policies
	}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
