package retriever

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attribute"
)

// The bounds of a search. The service publishes none for the text.
const (
	maxQuery     = 10_000 // characters of queryText
	defaultFound = 10     // passages in an answer, unless the request says
)

// Search answers SearchRelevantContent: the passages that fit a query best of
// those that the person may see for whom the credentials speak, and that the data
// accessor lets through by which the caller comes in.
func (s *Service) Search(ctx context.Context, c op.Caller, in *api.SearchRelevantContentInput) (*api.SearchRelevantContentOutput, error) {
	bad := append(checkQuery(in.QueryText), attribute.Check("attributeFilter", in.AttributeFilter)...)
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	r := Request{
		Application: in.ApplicationID, Retriever: in.ContentSource.Retriever.RetrieverID,
		Query: in.QueryText, Filter: in.AttributeFilter, Limit: defaultFound,
	}
	if in.MaxResults != nil {
		r.Limit = int(*in.MaxResults)
	}
	u, err := s.asker(ctx, c, r)
	if err != nil {
		return nil, err
	}
	scope, err := pagesOf(c, in, u)
	if err != nil {
		return nil, err
	}
	if r.After, err = s.begin(scope, in.NextToken); err != nil {
		return nil, err
	}
	answer, err := s.retrieve(ctx, c, r, u)
	if err != nil {
		return nil, err
	}
	out := &api.SearchRelevantContentOutput{RelevantContent: make([]api.RelevantContent, len(answer.Found))}
	for i := range answer.Found {
		out.RelevantContent[i] = answer.Found[i].show()
	}
	out.NextToken, err = s.after(scope, answer.Next)
	return out, err
}

func checkQuery(text string) []fault.Field {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return []fault.Field{{Name: "queryText", Message: "is empty; say what to search for"}}
	case n > maxQuery:
		return []fault.Field{{Name: "queryText", Message: "has " + strconv.Itoa(n) + " characters; at most " + strconv.Itoa(maxQuery) + " are searched for"}}
	}
	return nil
}

// pagesOf is what the tokens of a search are good for: the same search, by the
// same caller for the same person. How much is asked for at once may change.
func pagesOf(c op.Caller, in *api.SearchRelevantContentInput, u application.EndUser) (page.Scope, error) {
	filter, err := json.Marshal(in.AttributeFilter)
	return page.ScopeOf(api.SearchRelevantContent.Route, c,
		in.ApplicationID, in.ContentSource.Retriever.RetrieverID, in.QueryText, string(filter), u.Key()), err
}

// begin is where a token's page begins; nil: at the best.
func (s *Service) begin(scope page.Scope, token *string) (*retrieval.Cursor, error) {
	if token == nil {
		return nil, nil
	}
	notOurs := fault.InvalidField("nextToken", "is not one that this search was given; leave it out to begin anew")
	key, err := s.Pages.Decode(scope, *token)
	if err != nil || len(key) != 1 {
		return nil, notOurs
	}
	var at retrieval.Cursor
	if err := json.Unmarshal([]byte(key[0]), &at); err != nil {
		return nil, notOurs
	}
	return &at, nil
}

// after is the token of the page that begins at a place.
func (s *Service) after(scope page.Scope, at *retrieval.Cursor) (*string, error) {
	if at == nil {
		return nil, nil
	}
	key, err := json.Marshal(at)
	if err != nil {
		return nil, err
	}
	token, err := s.Pages.Encode(scope, []string{string(key)})
	return &token, err
}

// show is a passage as the API has it.
func (f *Found) show() api.RelevantContent {
	shown := api.RelevantContent{
		Content:         &f.Text,
		DocumentID:      &f.ID,
		DocumentURI:     link(f.URI),
		ScoreAttributes: &api.ScoreAttributes{ScoreConfidence: new(api.ScoreConfidence(f.Confidence))},
	}
	if f.Title != "" {
		shown.DocumentTitle = &f.Title
	}
	if len(f.Attributes) > 0 {
		shown.DocumentAttributes = attribute.List(f.Attributes)
	}
	return shown
}

// longestLink is the model's bound on a Url, in characters.
const longestLink = 2048

// link is a URI if it is one that a person may follow: the model's Url is
// (https?|ftp|file)://([^\s]*).
func link(uri string) *string {
	scheme, rest, found := strings.Cut(uri, "://")
	switch scheme {
	case "http", "https", "ftp", "file":
	default:
		found = false
	}
	if !found || strings.ContainsFunc(rest, unicode.IsSpace) || utf8.RuneCountInString(uri) > longestLink {
		return nil
	}
	return &uri
}
