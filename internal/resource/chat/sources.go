package chat

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/retriever"
)

// uploaded stands for the data source of attached files (API model,
// SourceAttribution).
const uploaded = "uploaded-docs-file-stat-datasourceid"

// source is a document that an answer cites, as it is stored with its message.
type source struct {
	Number     int       `json:"number"`
	Document   string    `json:"document"` // of an attached file: its ID
	Index      string    `json:"index,omitzero"`
	DataSource string    `json:"dataSource,omitzero"`
	Upload     bool      `json:"upload,omitzero"` // an attached file
	Title      string    `json:"title,omitzero"`
	URL        string    `json:"url,omitzero"`
	Updated    time.Time `json:"updated,omitzero"`
	Snippet    string    `json:"snippet,omitzero"`
	Segments   []segment `json:"segments,omitzero"`
}

// segment is a stretch of the message's body that a source bears out, in characters.
type segment struct {
	Begin     int    `json:"begin"`
	End       int    `json:"end"` // exclusive
	Excerpt   string `json:"excerpt,omitzero"`
	Media     string `json:"media,omitzero"`
	MediaType string `json:"mediaType,omitzero"`
}

// sourcesOf are those of an answer.
func sourcesOf(a cite.Answer) []source {
	var sources []source
	for _, from := range a.Sources {
		s := source{
			Number: from.Number, Document: from.Document, Index: from.Index, DataSource: from.DataSource, Upload: from.Upload,
			Title: from.Title, URL: from.URL, Updated: from.Updated, Snippet: from.Snippet,
		}
		for _, g := range from.Segments {
			s.Segments = append(s.Segments, segment{Begin: g.Begin, End: g.End, Excerpt: g.Excerpt, Media: g.Media, MediaType: g.MediaType})
		}
		sources = append(sources, s)
	}
	return sources
}

// known is the document as resource/retriever has it.
func (s *source) known() retriever.Known {
	return retriever.Known{Index: s.Index, Source: s.DataSource, Document: s.Document}
}

// knownAs is known of a source as it was answered.
func knownAs(a api.SourceAttribution) retriever.Known {
	return retriever.Known{Index: value(a.IndexID), Source: value(a.DatasourceID), Document: value(a.DocumentID)}
}

// knownOf are those of documents, not of attached files.
func knownOf(sources []api.SourceAttribution) (all []retriever.Known) {
	for _, a := range sources {
		if value(a.DatasourceID) != uploaded {
			all = append(all, knownAs(a))
		}
	}
	return all
}

// seen are documents, and whether a person may see each now.
type seen map[retriever.Known]bool

// of are the sources that the person may see. Files that they attached are theirs.
func (v seen) of(sources []source) (visible []source) {
	for _, s := range sources {
		if s.Upload || v[s.known()] {
			visible = append(visible, s)
		}
	}
	return visible
}

// all reports whether the person may see every source.
func (v seen) all(sources []source) bool { return len(v.of(sources)) == len(sources) }

// visible finds out which of the documents that messages cite a person may see now.
func (s *Service) visible(tx *store.Tx, c op.Caller, app string, u application.EndUser, messages []message) (seen, error) {
	var cited []retriever.Known
	for _, m := range messages {
		for i := range m.Sources {
			if !m.Sources[i].Upload {
				cited = append(cited, m.Sources[i].known())
			}
		}
	}
	if len(cited) == 0 {
		return nil, nil
	}
	return s.Documents.Visible(tx, c, app, u, cited)
}

// attributions are sources as the API has them.
func attributions(sources []source) []api.SourceAttribution {
	var shown []api.SourceAttribution
	for i := range sources {
		shown = append(shown, sources[i].show())
	}
	return shown
}

func (s *source) show() api.SourceAttribution {
	a := api.SourceAttribution{
		CitationNumber: new(int32(s.Number)), DocumentID: &s.Document,
		Title: some(s.Title), Snippet: some(s.Snippet), URL: some(s.URL), IndexID: some(s.Index), DatasourceID: some(s.DataSource),
	}
	if s.Upload {
		a.DatasourceID = new(uploaded)
	}
	if !s.Updated.IsZero() {
		a.UpdatedAt = &s.Updated
	}
	for _, g := range s.Segments {
		a.TextMessageSegments = append(a.TextMessageSegments, g.show())
	}
	return a
}

func (g segment) show() api.TextSegment {
	shown := api.TextSegment{BeginOffset: new(int32(g.Begin)), EndOffset: new(int32(g.End))}
	if g.Excerpt != "" {
		shown.SnippetExcerpt = &api.SnippetExcerpt{Text: &g.Excerpt}
	}
	if g.Media != "" {
		shown.MediaID, shown.MediaMimeType = &g.Media, &g.MediaType
		shown.SourceDetails = &api.SourceDetails{ImageSourceDetails: &api.ImageSourceDetails{MediaID: &g.Media, MediaMimeType: &g.MediaType}}
	}
	return shown
}

// some is a text that is there, or nil.
func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
