package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of sitemaps (sitemaps.org: protocol).
const (
	maxSiteMap     = 50 << 20 // bytes, inflated
	maxSiteMapURLs = 50_000   // in one
	maxSiteMapNest = 16       // elements within each other
	maxNested      = 500      // sitemaps that sitemaps name, in all
)

// siteMap is what a sitemap names: pages, or further sitemaps.
type siteMap struct {
	pages, maps []string
}

// parseSiteMap reads a sitemap: XML, of a set of URLs or an index of sitemaps, or
// text with a URL a line; either may be compressed with gzip. Inflated it may have
// most bytes. It returns what it has read beside an error.
func parseSiteMap(r io.Reader, most int64) (siteMap, error) {
	in := bufio.NewReader(r)
	if magic, err := in.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return siteMap{}, errors.New("is not the gzip that it begins as")
		}
		in = bufio.NewReader(z)
	}
	limited := &io.LimitedReader{R: in, N: most + 1}
	in = bufio.NewReader(limited)
	parse := textSiteMap
	if isXML(in) {
		parse = xmlSiteMap
	}
	m, err := parse(in)
	if limited.N <= 0 {
		return m, fmt.Errorf("has more than the %d bytes that are read", most)
	}
	return m, err
}

// isXML reports whether the first character, past any mark and white space,
// opens a tag.
func isXML(in *bufio.Reader) bool {
	start, _ := in.Peek(512)
	return bytes.HasPrefix(bytes.TrimLeft(start, "\ufeff \t\r\n"), []byte("<"))
}

func textSiteMap(in *bufio.Reader) (m siteMap, err error) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); line != "" {
			if m.pages = append(m.pages, line); len(m.pages) > maxSiteMapURLs {
				return m, fmt.Errorf("names more than %d URLs", maxSiteMapURLs)
			}
		}
	}
	if lines.Err() != nil {
		return m, errors.New("is neither XML nor a list of URLs")
	}
	return m, nil
}

// xmlSiteMap reads elements as they come: <loc> within <url> or <sitemap>.
func xmlSiteMap(in *bufio.Reader) (m siteMap, err error) {
	d := xml.NewDecoder(in)
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // URLs are ASCII
	var open []string
	for {
		token, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return m, nil
		case err != nil:
			return m, errors.New("is not XML that can be read")
		}
		switch t := token.(type) {
		case xml.StartElement:
			if open = append(open, t.Name.Local); len(open) > maxSiteMapNest {
				return m, errors.New("has elements within each other without end")
			}
		case xml.EndElement:
			open = open[:max(0, len(open)-1)]
		case xml.CharData:
			if err := m.text(open, strings.TrimSpace(string(t))); err != nil {
				return m, err
			}
		}
	}
}

// text takes the text of the element that is open.
func (m *siteMap) text(open []string, text string) error {
	if n := len(open); text == "" || n < 2 || open[n-1] != "loc" {
		return nil
	} else if open[n-2] == "sitemap" {
		m.maps = append(m.maps, text)
	} else if open[n-2] == "url" {
		m.pages = append(m.pages, text)
	}
	if len(m.pages)+len(m.maps) > maxSiteMapURLs {
		return fmt.Errorf("names more than %d URLs", maxSiteMapURLs)
	}
	return nil
}
