package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/remote"
	"github.com/parleyhq/parley/internal/resource/plugin"
)

const (
	deskID  = "b1000000-0000-4000-8000-000000000001"
	otherID = "b1000000-0000-4000-8000-000000000002"
	loginAt = "https://login.example.com/authorize?state=canary-state"
)

// deskAPI describes the desk's API.
const deskAPI = `
openapi: 3.0.3
info: {title: Help desk, version: '1'}
servers: [{url: 'SERVER'}]
paths:
  /tickets:
    get:
      operationId: listTickets
      summary: List tickets
      description: Lists the tickets of the help desk.
      parameters:
        - {name: status, in: query, description: Only tickets in this status, schema: {type: string, enum: [open, closed]}}
      responses: {'200': {description: ok}}
    post:
      operationId: createTicket
      summary: Create a ticket
      description: Creates a ticket.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [subject, priority]
              properties:
                subject: {type: string, description: What it is about, x-amzn-form-display-name: Subject}
                priority: {type: string, enum: [low, high], description: How urgent it is, x-amzn-form-display-name: Priority}
                due: {type: string, format: date, description: When it has to be done}
                tags: {type: array, items: {type: string}, description: Labels}
                urgent: {type: boolean, description: Whether somebody waits}
                source: {type: string, default: parley, x-amzn-form-hide: true}
      responses: {'201': {description: made}}
  /tickets/{ticketId}:
    get:
      operationId: getTicket
      summary: Get a ticket
      description: Shows one ticket.
      parameters: [{name: ticketId, in: path, required: true, description: 'Number of the ticket, such as T-1', schema: {type: string, pattern: '^T-[0-9]+$'}}]
      responses: {'200': {description: ok}}
    delete:
      operationId: deleteTicket
      summary: Delete a ticket
      description: Deletes a ticket.
      parameters: [{name: ticketId, in: path, required: true, description: 'Number of the ticket, such as T-1', schema: {type: string, pattern: '^T-[0-9]+$'}}]
      responses: {'204': {description: gone}}
`

// desk is a third party's API, and the plugins that call it: the real binding of
// requests and the real way out, with the login and the document in memory.
type desk struct {
	server *httptest.Server
	caller *remote.Caller

	mu       sync.Mutex
	document string
	parsed   *openapi.Document
	parsedOf string
	tickets  []string // bodies of what was created, in order
	calls    []string // "GET /tickets", every one that arrived
	status   int      // what it answers instead, if not 0
	big      int      // how many tickets a list has beside
	kitchen  bool     // whether there is another plugin, for meals
	note     string   // the subject of one more
	callers  []string // for whom it was called
	login    bool     // whether calls need one
	users    map[string]bool
	disabled bool
	before   func() // called before a request is sent
	after    func() // called after it was answered
	refused  error  // what Call answers, if not nil
}

func newDesk(t testing.TB, now func() time.Time) *desk {
	t.Helper()
	d := &desk{users: map[string]bool{}}
	d.server = httptest.NewServer(d)
	t.Cleanup(d.server.Close)
	d.document = strings.ReplaceAll(deskAPI, "SERVER", d.server.URL)
	d.caller = &remote.Caller{
		Out: d.open(t), Now: now, Log: slog.New(slog.DiscardHandler),
		Wait: func(context.Context, time.Duration) error { return nil },
	}
	return d
}

// open is a way out that leads to the desk alone.
func (d *desk) open(t testing.TB) *outbound.Client {
	t.Helper()
	origin, err := outbound.ParseOrigin(d.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, slog.New(slog.DiscardHandler))
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, r.Method+" "+r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "req-7")
	if d.status != 0 {
		if r.Method == http.MethodPost && !definite(d.status) {
			d.tickets = append(d.tickets, string(body)) // the worst case: it was done all the same
		}
		w.WriteHeader(d.status)
		_, _ = io.WriteString(w, `{"error":"canary-body"}`)
		return
	}
	switch {
	case r.Method == http.MethodPost:
		d.tickets = append(d.tickets, string(body))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":"T-%d","status":"open"}`, len(d.tickets))
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/tickets":
		_, _ = io.WriteString(w, d.list())
	default:
		fmt.Fprintf(w, `{"id":%q,"subject":"Printer on fire","status":"open"}`, strings.TrimPrefix(r.URL.Path, "/tickets/"))
	}
}

func (d *desk) list() string {
	rows := []string{`{"id":"T-100","subject":"Printer | on fire","status":"open"}`, `{"id":"T-101","subject":"No coffee","status":"closed"}`}
	if d.note != "" {
		note, _ := json.Marshal(d.note)
		rows = append(rows, `{"id":"T-102","subject":`+string(note)+`,"status":"open"}`)
	}
	for i := range d.big {
		rows = append(rows, fmt.Sprintf(`{"id":"T-%d","subject":"Again","status":"open"}`, 200+i))
	}
	return `{"tickets":[` + strings.Join(rows, ",") + `]}`
}

// set changes the desk while it may be called.
func (d *desk) set(change func(d *desk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// made are the bodies of what was created.
func (d *desk) made() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.tickets)
}

func (d *desk) arrived() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.calls)
}

// menuAPI is what the other plugin can do, if the desk has a kitchen.
const menuAPI = `
openapi: 3.0.3
info: {title: Kitchen, version: '1'}
servers: [{url: 'SERVER'}]
paths:
  /orders:
    post:
      operationId: orderMeal
      summary: Order a meal
      description: Orders a meal from the kitchen.
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [meal], properties: {meal: {type: string, description: Name of the meal}}}
      responses: {'201': {description: ordered}}
`

// Lives implements Plugins.
func (d *desk) Lives(ctx context.Context, c op.Caller, application string) (lives []*plugin.Live, err error) {
	ids := []string{deskID}
	if d.kitchen {
		ids = append(ids, otherID)
	}
	for _, id := range ids {
		l, err := d.Live(ctx, c, application, id)
		if err != nil && !fault.Is(err, fault.Conflict) {
			return nil, err
		}
		if err == nil {
			lives = append(lives, l)
		}
	}
	return lives, nil
}

// Live implements Plugins.
func (d *desk) Live(_ context.Context, _ op.Caller, application, id string) (*plugin.Live, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id != deskID && id != otherID {
		return nil, fault.NotFound("plugin", id, "There is no plugin with ID %s in application %s.", id, application)
	}
	if d.disabled {
		return nil, fault.Conflicts("plugin", id, "The plugin %s is DISABLED.", id)
	}
	if id == otherID && d.kitchen {
		parsed, findings := openapi.Parse([]byte(strings.ReplaceAll(menuAPI, "SERVER", d.server.URL)), openapi.Limits{})
		if parsed == nil {
			return nil, fmt.Errorf("the kitchen's document: %v", findings)
		}
		return &plugin.Live{ID: id, Type: api.PluginTypeCustom, Name: "Kitchen", Document: parsed, Server: d.server.URL}, nil
	}
	if d.parsed == nil || d.parsedOf != d.document {
		parsed, findings := openapi.Parse([]byte(d.document), openapi.Limits{})
		if parsed == nil {
			return nil, fmt.Errorf("the desk's document: %v", findings)
		}
		d.parsed, d.parsedOf = parsed, d.document
	}
	return &plugin.Live{ID: id, Type: api.PluginTypeCustom, Name: "Desk", Document: d.parsed, Server: d.server.URL}, nil
}

// Call implements Plugins.
func (d *desk) Call(ctx context.Context, _ op.Caller, user, _ string, l *plugin.Live, a *openapi.Action, args action.Args) (*plugin.Outcome, error) {
	d.mu.Lock()
	d.callers = append(d.callers, user)
	asks, refused, before, after := d.login && !d.users[user], d.refused, d.before, d.after
	d.mu.Unlock()
	if refused != nil {
		return nil, refused
	}
	if asks {
		return &plugin.Outcome{Challenge: loginAt}, nil
	}
	r, err := action.Bind(l.Document, a, l.Server, args)
	if err != nil {
		return nil, err
	}
	if before != nil {
		before()
	}
	answer, err := d.caller.Do(ctx, remote.Call{Request: r, Read: a.Effect == openapi.Read})
	if after != nil {
		after()
	}
	if err != nil {
		return nil, err
	}
	return &plugin.Outcome{Answer: answer}, nil
}

// Respond implements Plugins: the code "good" is a login.
func (d *desk) Respond(_ context.Context, _ op.Caller, user, _ string, _ *plugin.Live, response map[string]string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if response["code"] != "good" {
		return fault.InvalidField("authChallengeResponse.responseMap", "is not what the sign-in ended in; sign in again")
	}
	d.users[user] = true
	return nil
}

// same compares JSON texts.
func same(t testing.TB, got, want string) {
	t.Helper()
	var g, w any
	if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &w) != nil {
		t.Fatalf("not JSON: %s, %s", got, want)
	}
	gb, _ := json.Marshal(g)
	wb, _ := json.Marshal(w)
	if string(gb) != string(wb) {
		t.Errorf("got %s, want %s", gb, wb)
	}
}
