package web

import (
	"io"
	"mime"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
)

// format is a kind of file that documents are made of.
type format struct {
	contentType string // the API's word
	extension   string
}

// formatOf tells what an answer holds, by its media type, or by the URL's
// extension where that says nothing. The zero format is no document.
func formatOf(mediaType, extension string) format {
	switch mediaType {
	case "text/html", "application/xhtml+xml":
		return format{"HTML", ".html"}
	case "application/pdf":
		return format{"PDF", ".pdf"}
	case "application/msword":
		return format{"MS_WORD", ".doc"}
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return format{"MS_WORD", ".docx"}
	case "application/vnd.ms-powerpoint":
		return format{"PPT", ".ppt"}
	case "application/vnd.openxmlformats-officedocument.presentationml.presentation":
		return format{"PPT", ".pptx"}
	case "application/vnd.ms-excel":
		return format{"MS_EXCEL", ".xls"}
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return format{"MS_EXCEL", ".xlsx"}
	case "application/rtf", "text/rtf":
		return format{"RTF", ".rtf"}
	case "text/csv":
		return format{"CSV", ".csv"}
	case "text/markdown":
		return format{"MD", ".md"}
	case "application/json":
		return format{"JSON", ".json"}
	case "application/xslt+xml":
		return format{"XSLT", ".xslt"}
	case "", "application/octet-stream", "binary/octet-stream", "text/plain", "application/xml", "text/xml":
		return byExtension(mediaType, extension)
	}
	return format{}
}

// byExtension tells files apart that servers call something general.
func byExtension(mediaType, extension string) format {
	switch f := formatOfName(extension); {
	case f.contentType != "":
		return f
	case strings.HasSuffix(mediaType, "/xml"):
		return format{"XML", ".xml"}
	case mediaType == "text/plain":
		return format{"PLAIN_TEXT", ".txt"}
	case mediaType == "" && extension == "":
		return format{"HTML", ".html"}
	}
	return format{}
}

func formatOfName(extension string) format {
	switch e := strings.ToLower(extension); e {
	case ".html", ".htm", ".xhtml":
		return format{"HTML", e}
	case ".pdf":
		return format{"PDF", e}
	case ".doc", ".docx":
		return format{"MS_WORD", e}
	case ".ppt", ".pptx":
		return format{"PPT", e}
	case ".xls", ".xlsx":
		return format{"MS_EXCEL", e}
	case ".rtf":
		return format{"RTF", e}
	case ".csv":
		return format{"CSV", e}
	case ".md":
		return format{"MD", e}
	case ".json":
		return format{"JSON", e}
	case ".xsl", ".xslt":
		return format{"XSLT", e}
	case ".xml":
		return format{"XML", e}
	case ".txt":
		return format{"PLAIN_TEXT", e}
	}
	return format{}
}

// worthless reports whether a URL's extension says that it is no document, so
// that it need not be fetched; without attachments, pages alone are.
func worthless(u *url.URL, attachments bool) bool {
	switch e := strings.ToLower(path.Ext(u.Path)); e {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".tif", ".tiff", ".avif",
		".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".eot", ".otf",
		".mp3", ".mp4", ".m4a", ".wav", ".ogg", ".webm", ".avi", ".mov", ".mkv",
		".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".iso", ".dmg", ".exe", ".msi", ".deb", ".rpm", ".apk", ".jar", ".wasm":
		return true
	default:
		f := formatOfName(e)
		return !attachments && f.contentType != "" && f.contentType != "HTML"
	}
}

// nameOf is what the file behind a URL is called.
func nameOf(u *url.URL, f format) string {
	name := path.Base(u.Path)
	if name == "/" || name == "." {
		name = "index"
	}
	if formatOfName(path.Ext(name)).contentType != f.contentType {
		name += f.extension
	}
	return name
}

// utf8Mark begins a text that is UTF-8 whatever it says of itself.
const utf8Mark = "\ufeff"

// decoded turns an HTML body into UTF-8 where only the header says which
// character set it has: who reads the document does not see the header.
func decoded(body io.Reader, contentType string) (r io.Reader, mark []byte) {
	_, params, err := mime.ParseMediaType(contentType)
	label := strings.ToLower(params["charset"])
	if err != nil || label == "" || label == "utf-8" || label == "utf8" {
		return body, nil
	}
	plain, err := charset.NewReaderLabel(label, body)
	if err != nil {
		return body, nil
	}
	return plain, []byte(utf8Mark)
}
