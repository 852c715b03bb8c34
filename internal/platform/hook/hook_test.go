package hook

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob/blobtest"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

const (
	function = "arn:aws:lambda:eu-west-1:111122223333:function:enrich"
	role     = "arn:aws:iam::111122223333:role/hooks"
	app      = "arn:aws:qbusiness:eu-west-1:111122223333:application/a"
	canary   = "canary-0d1c"
)

// lambda is a small server that plays Lambda: it runs a function on what it is
// sent, and keeps what came.
type lambda struct {
	*httptest.Server

	mu       sync.Mutex
	requests []*http.Request
	events   []string
}

func play(t *testing.T, run func(event map[string]any, w http.ResponseWriter)) *lambda {
	t.Helper()
	l := &lambda{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		l.requests, l.events = append(l.requests, r), append(l.events, string(body))
		l.mu.Unlock()
		var event map[string]any
		if err := json.Unmarshal(body, &event); err != nil {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		run(event, w)
	}))
	t.Cleanup(l.Close)
	return l
}

func says(text string) func(map[string]any, http.ResponseWriter) {
	return func(_ map[string]any, w http.ResponseWriter) { _, _ = io.WriteString(w, text) }
}

// world is hooks at a server, with a bucket b.
type world struct {
	*Hooks

	objects *blobtest.Memory
	errands []Errand
	deny    string // an action
}

func hooks(t *testing.T, server string, change func(*Config)) *world {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{objects: blobtest.New(blobtest.Buckets{"b": {}})}
	c := Config{
		Lambda: u, Objects: w.objects, Now: func() time.Time { return time.Unix(1_770_000_000, 0) },
		Out: outbound.New(outbound.Policy{Allow: []outbound.Origin{outbound.OriginOf(u)}}, slog.New(slog.DiscardHandler)),
		May: func(_ context.Context, e Errand) (string, error) {
			w.errands = append(w.errands, e)
			if e.Action == w.deny {
				return "the role may not", nil
			}
			return "", nil
		},
	}
	if change != nil {
		change(&c)
	}
	w.Hooks = New(c)
	return w
}

func document() Call {
	return Call{
		Account: "111122223333", Application: app, Function: function, Role: role, Key: "k/1",
		Data: []byte("file " + canary), Text: "text <b> " + canary,
		Attributes: facet.Values{
			"a": facet.OfString("x"), "b": facet.OfList("y", "z"), "c": facet.OfNumber(7), "e": facet.OfList(),
			"d": facet.OfDate(time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))),
		},
	}
}

func in(bucket string) Call {
	c := document()
	c.Bucket = bucket
	return c
}

const attributes = `{"attributes": [
	{"name": "a", "value": {"stringValue": "x"}}, {"name": "b", "value": {"stringListValue": ["y", "z"]}},
	{"name": "c", "value": {"longValue": 7}}, {"name": "d", "value": {"dateValue": "2026-01-02T02:04:05Z"}},
	{"name": "e", "value": {"stringListValue": []}}]}`

// sent compares an event with JSON.
func sent(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := errors.Join(json.Unmarshal([]byte(got), &g), json.Unmarshal([]byte(want), &w)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Error(diff)
	}
}

func TestFileInTheCall(t *testing.T) {
	l := play(t, says(`{"version": "v0", "dataBlobStringEncodedInBase64": "bmV3", "metadataUpdates": [
		{"name": "_document_title", "value": {"stringValue": "title"}}, {"key": "_authors", "value": {"stringListValue": ["one", "two"]}},
		{"name": "n", "value": {"integerValue": 3}}, {"name": "m", "value": {"longValue": 4.0}},
		{"name": "d", "value": {"dateValue": "2012-03-25T12:30:10+01:00"}}]}`))
	w := hooks(t, l.URL, func(c *Config) {
		c.Credentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")
	})
	got, err := w.Pre(t.Context(), document())
	if err != nil {
		t.Fatal(err)
	}
	want := Result{Data: []byte("new"), Updates: facet.Values{
		"_document_title": facet.OfString("title"), "_authors": facet.OfList("one", "two"), "n": facet.OfNumber(3), "m": facet.OfNumber(4),
		"d": facet.OfDate(time.Date(2012, 3, 25, 11, 30, 10, 0, time.UTC)),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sent(t, l.events[0], `{"version": "v0", "dataBlobStringEncodedInBase64": "ZmlsZSBjYW5hcnktMGQxYw==", "metadata": `+attributes+`}`)
	r := l.requests[0]
	if got := r.Method + " " + r.URL.Path; got != "POST /2015-03-31/functions/"+function+"/invocations" {
		t.Error(got)
	}
	if r.Header.Get("X-Amz-Invocation-Type") != "RequestResponse" || !strings.Contains(r.Header.Get("Authorization"), "Credential=AKIDEXAMPLE/20260202/eu-west-1/lambda/aws4_request") {
		t.Error(r.Header)
	}
	may := []Errand{{Role: role, Account: "111122223333", Application: app, Action: "lambda:InvokeFunction", Resource: function}}
	if diff := cmp.Diff(may, w.errands); diff != "" {
		t.Error(diff)
	}
	if w.objects.Puts() != 0 {
		t.Error("something was put")
	}
}

func TestFileInTheBucket(t *testing.T) {
	var w *world
	l := play(t, func(event map[string]any, res http.ResponseWriter) {
		if event["s3Bucket"] != "b" || event["s3ObjectKey"] != "k/1" || event["dataBlobStringEncodedInBase64"] != nil {
			t.Errorf("event %v", event)
		}
		_ = w.objects.Put(context.Background(), "b", "made", []byte("made"))
		_, _ = io.WriteString(res, `{"version": "v0", "s3ObjectKey": "made"}`)
	})
	w = hooks(t, l.URL+"/base/", nil)
	got, err := w.Pre(t.Context(), in("b"))
	if err != nil || string(got.Data) != "made" || got.Updates != nil {
		t.Fatal(got, err)
	}
	if object(t, w, "k/1") != "file "+canary {
		t.Error("the file was not handed over")
	}
	if l.requests[0].Header.Get("Authorization") != "" || !strings.HasPrefix(l.requests[0].URL.Path, "/base/2015-03-31/") {
		t.Error(l.requests[0].URL, l.requests[0].Header)
	}
	var actions []string
	for _, e := range w.errands {
		actions = append(actions, e.Action+" "+e.Resource)
	}
	want := []string{"s3:PutObject arn:aws:s3:::b/k/1", "lambda:InvokeFunction " + function, "s3:GetObject arn:aws:s3:::b/made"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Error(diff)
	}
}

func object(t *testing.T, w *world, key string) string {
	t.Helper()
	o, err := w.objects.Open(t.Context(), "b", key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	data, _ := io.ReadAll(o.Body)
	return string(data)
}

func TestTextAfterExtraction(t *testing.T) {
	var w *world
	l := play(t, func(_ map[string]any, res http.ResponseWriter) {
		_ = w.objects.Put(context.Background(), "b", "made", []byte(strings.Replace(object(t, w, "k/1"), "text <b>", "better <b>", 1)))
		_, _ = io.WriteString(res, `"{\"version\": \"v0\", \"s3ObjectKey\": \"made\", \"metadataUpdates\": []}"`) // JSON in a string
	})
	w = hooks(t, l.URL, nil)
	got, err := w.Post(t.Context(), in("b"))
	if err != nil || got.Text == nil || *got.Text != "better <b> "+canary {
		t.Fatal(got, err)
	}
	if want := `{"textContent":{"documentBodyText":"text <b> ` + canary + `"}}`; object(t, w, "k/1") != want {
		t.Error(object(t, w, "k/1"))
	}
	sent(t, l.events[0], `{"version": "v0", "s3Bucket": "b", "s3ObjectKey": "k/1", "metadata": `+attributes+`}`)

	l = play(t, says(`{"version": "v0", "metadataUpdates": null}`))
	if got, err := hooks(t, l.URL, nil).Post(t.Context(), in("b")); err != nil || got.Text != nil || got.Updates != nil {
		t.Error("a function that changes nothing:", got, err)
	}
}

// A service of one's own, without Lambda: the name is enough.
func TestPlainService(t *testing.T) {
	l := play(t, says(`{"version": "v0"}`))
	u, _ := url.Parse(l.URL + "/hooks/enrich?key=1")
	w := hooks(t, l.URL, func(c *Config) {
		c.Lambda, c.URLs = nil, map[string]*url.URL{"enrich": u}
		c.Credentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")
	})
	if got, err := w.Pre(t.Context(), document()); err != nil || got.Data != nil {
		t.Fatal(got, err)
	}
	if r := l.requests[0]; r.URL.String() != "/hooks/enrich?key=1" || r.Header.Get("Authorization") != "" || r.Header.Get("X-Amz-Invocation-Type") != "" {
		t.Error(r.URL, r.Header)
	}
	c := document()
	c.Function = "arn:aws:lambda:eu-west-1:111122223333:function:other"
	_, err := w.Pre(t.Context(), c)
	want := "the function other cannot be called: this server knows no way to it. Start it with --hook other=URL, a service that takes the envelope by POST, " +
		"or with --lambda-endpoint URL, where Lambda's Invoke API is (PARLEY_HOOK, PARLEY_LAMBDA_ENDPOINT)"
	if err == nil || err.Error() != want {
		t.Errorf("err = %v", err)
	}
}

func TestQualifiers(t *testing.T) {
	base, _ := url.Parse("http://lambda.internal:9001")
	const id = "0f8fad5b-d9cb-469f-a165-70867728950e"
	for arn, want := range map[string]string{
		function:            "/2015-03-31/functions/" + function + "/invocations",
		function + ":live":  "/2015-03-31/functions/" + function + "/invocations?Qualifier=live",
		function + "/" + id: "/2015-03-31/functions/" + function + "/invocations?Qualifier=" + id,
	} {
		if got := invocation(base, arn).String(); got != "http://lambda.internal:9001"+want {
			t.Errorf("%s: %s", arn, got)
		}
		if got := functionName(arn); got != "enrich" {
			t.Errorf("%s: name %s", arn, got)
		}
	}
}

func TestFailures(t *testing.T) {
	status := func(code int, headers map[string]string, body string) func(map[string]any, http.ResponseWriter) {
		return func(_ map[string]any, w http.ResponseWriter) {
			for name, v := range headers {
				w.Header().Set(name, v)
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	const shape = `: it has to be of the form {"version": "v0", "s3ObjectKey": "…", "metadataUpdates": […]}`
	update := func(value string) string {
		return `{"version": "v0", "metadataUpdates": [{"name": "a", "value": {"stringValue": ""}}, {"name": "b", "value": ` + value + `}]}`
	}
	for name, test := range map[string]struct {
		run     func(map[string]any, http.ResponseWriter)
		call    Call
		post    bool
		deny    string
		want    string
		passing bool
	}{
		"its own error": {run: status(200, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{"errorType": "KeyError", "errorMessage": "`+canary+`"}`), call: document(),
			want: "ended with an error of its own, KeyError: its log says why"},
		"its own error, unnamed": {run: status(200, map[string]string{"X-Amz-Function-Error": "Handled"}, canary), call: document(),
			want: "ended with an error of its own: its log says why"},
		"no function": {run: status(404, map[string]string{"X-Amzn-Errortype": "ResourceNotFoundException:http://x/"}, canary), call: document(),
			want: "could not be invoked: status 404, ResourceNotFoundException"},
		"throttled":    {run: status(429, nil, canary), call: document(), want: "could not be invoked: status 429", passing: true},
		"broken":       {run: status(502, map[string]string{"X-Amzn-Errortype": canary + " has spaces"}, canary), call: document(), want: "could not be invoked: status 502", passing: true},
		"redirect":     {run: status(307, map[string]string{"Location": "http://" + canary + "/"}, ""), call: document(), want: "could not be invoked: status 307"},
		"empty":        {run: says(""), call: document(), want: "returned what is not the JSON of a response" + shape},
		"nonsense":     {run: says(canary), call: document(), want: "returned what is not the JSON of a response" + shape},
		"two":          {run: says(`{"version": "v0"} {"version": "v0"}`), call: document(), want: "returned more than one JSON value" + shape},
		"null":         {run: says("null"), call: document(), want: "returned what is not the JSON of a response" + shape},
		"version":      {run: says(`{"version": "` + canary + `"}`), call: document(), want: `returned a response of another version than "v0"` + shape},
		"both":         {run: says(`{"version": "v0", "s3ObjectKey": "a", "dataBlobStringEncodedInBase64": ""}`), call: in("b"), want: "returned both a dataBlobStringEncodedInBase64 and an s3ObjectKey: only one of them can be the document"},
		"base64":       {run: says(`{"version": "v0", "dataBlobStringEncodedInBase64": "` + canary + `"}`), call: document(), want: "returned a dataBlobStringEncodedInBase64 that is not base64"},
		"no bucket":    {run: says(`{"version": "v0", "s3ObjectKey": "a"}`), call: document(), want: "returned an s3ObjectKey, and the hook has no s3BucketName in which it could be"},
		"no object":    {run: says(`{"version": "v0", "s3ObjectKey": "a"}`), call: in("b"), want: `returned an s3ObjectKey that cannot be read: no such object: "a"`},
		"other bucket": {run: says(`{"version": "v0"}`), call: in("nowhere"), want: `cannot be handed the document: no such bucket: "nowhere"`},
		"no text":      {run: says(`{"version": "v0", "s3ObjectKey": "bad"}`), call: in("b"), post: true, want: `wrote an object that is not a document of the form {"textContent": {"documentBodyText": "…"}}`},
		"no value":     {run: says(update("{}")), call: document(), want: "returned metadataUpdates of which number 2 has no value: stringValue, stringListValue, longValue, integerValue or dateValue"},
		"half":         {run: says(update(`{"longValue": 1.5}`)), call: document(), want: "returned metadataUpdates of which number 2 has a number that is not whole, or too large"},
		"date":         {run: says(update(`{"dateValue": "2012-03-25T12:30:10"}`)), call: document(), want: "returned metadataUpdates of which number 2 has a date that is not ISO 8601 with a time zone, such as 2012-03-25T12:30:10+01:00"},
		"long":         {run: says(update(`{"stringValue": "` + strings.Repeat("x", 2049) + `"}`)), call: document(), want: "returned metadataUpdates of which number 2 has a string that is no attribute's: one has at most 2048 characters"},
		"nameless":     {run: says(`{"version": "v0", "metadataUpdates": [{"value": {"longValue": 1}}]}`), call: document(), want: "returned metadataUpdates of which number 1 has a name that no attribute has"},
		"may not":      {run: says(`{"version": "v0"}`), call: document(), deny: "lambda:InvokeFunction", want: "cannot be called: the role may not"},
		"may not put":  {run: says(`{"version": "v0"}`), call: in("b"), deny: "s3:PutObject", want: "cannot be called: the role may not"},
		"may not get":  {run: says(`{"version": "v0", "s3ObjectKey": "bad"}`), call: in("b"), deny: "s3:GetObject", want: "cannot be called: the role may not"},
	} {
		t.Run(name, func(t *testing.T) {
			l := play(t, test.run)
			w := hooks(t, l.URL, nil)
			w.deny = test.deny
			_ = w.objects.Put(t.Context(), "b", "bad", []byte(canary))
			call := w.Pre
			if test.post {
				call = w.Post
			}
			_, err := call(t.Context(), test.call)
			var e *Error
			if !errors.As(err, &e) || e.Error() != "the function enrich "+test.want || e.Passing != test.passing {
				t.Errorf("err = %v (passing: %v)\nwant %s", err, e != nil && e.Passing, test.want)
			}
			if strings.Contains(err.Error(), canary) {
				t.Error("it tells what the function said")
			}
			if name == "may not" && len(l.events) > 0 {
				t.Error("the function was called")
			}
		})
	}
}

func TestLimits(t *testing.T) {
	l := play(t, says(`{"version": "v0", "dataBlobStringEncodedInBase64": "`+strings.Repeat("A", maxAnswer)+`"}`))
	_, err := hooks(t, l.URL, nil).Pre(t.Context(), document())
	if want := "the function enrich returned more than 8388608 bytes: hand a large document over in the bucket"; err == nil || err.Error() != want {
		t.Errorf("err = %v", err)
	}
	c := document()
	c.Data = make([]byte, maxInline+1)
	_, err = hooks(t, l.URL, nil).Pre(t.Context(), c)
	if want := "the function enrich is sent files of at most 4194304 bytes in the call, and this one has 4194305: give the hook an s3BucketName, in which larger ones are handed over"; err == nil || err.Error() != want {
		t.Errorf("err = %v", err)
	}
	if len(l.events) != 1 {
		t.Error("it was called all the same")
	}
}

// A function has five minutes before extraction and one after it.
func TestTimeIsLimited(t *testing.T) {
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer hang.Close()
	var asked time.Duration
	within := func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
		asked = d
		return context.WithTimeout(ctx, 20*time.Millisecond)
	}
	w := hooks(t, hang.URL, func(c *Config) { c.Within = within })
	for _, test := range []struct {
		call func(context.Context, Call) (Result, error)
		most time.Duration
	}{{w.Pre, 5 * time.Minute}, {w.Post, time.Minute}} {
		_, err := test.call(t.Context(), in("b"))
		e, ok := errors.AsType[*Error](err)
		if want := "the function enrich did not answer within " + test.most.String() + ", which is as long as it may take"; !ok || e.Error() != want || !e.Passing || asked != test.most {
			t.Errorf("err = %v, asked for %s", err, asked)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Pre(ctx, document()); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

// Only the places that are configured are called.
func TestGuarded(t *testing.T) {
	l := play(t, says(`{"version": "v0"}`))
	w := hooks(t, l.URL, func(c *Config) { c.Out = outbound.New(outbound.Policy{}, slog.New(slog.DiscardHandler)) })
	_, err := w.Pre(t.Context(), document())
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Passing || !strings.Contains(e.Message, "refused") || len(l.events) > 0 {
		t.Errorf("err = %v", err)
	}
	l.Close()
	_, err = hooks(t, l.URL, nil).Pre(t.Context(), document())
	if e, ok := errors.AsType[*Error](err); !ok || !e.Passing || !strings.Contains(e.Message, "cannot be reached") {
		t.Errorf("err = %v", err)
	}
	lost := hooks(t, l.URL, func(c *Config) {
		c.May = func(context.Context, Errand) (string, error) { return "", errors.New(canary) }
	})
	_, err = lost.Pre(t.Context(), document())
	if e, ok := errors.AsType[*Error](err); !ok || !e.Passing || e.Message != "cannot be called: its role could not be looked at" {
		t.Errorf("err = %v", err)
	}
}

// Whatever a function returns is taken or refused in words, and what is taken
// survives the way back.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"version": "v0"}`, `"{\"version\":\"v0\"}"`, `{"version":"v0","metadataUpdates":[{"name":"a","value":{"longValue":1e2}}]}`,
		`{"version":"v0","metadataUpdates":[{"name":"a","value":{"dateValue":"2012-03-25T12:30:10+01:00"}}]}`, `{`, `[]`, `{"version":"v0","dataBlobStringEncodedInBase64":"AA=="}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := readAnswer(body)
		if err != nil {
			return
		}
		values, err := a.updates()
		if err != nil {
			return
		}
		for name, v := range values {
			back, err := show(v).read()
			if err != nil || !v.Equal(back) {
				t.Errorf("%s: %+v came back as %+v, %v", name, v, back, err)
			}
		}
	})
}
