package demo

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// helpdeskAPI is the third party of the demo: the tickets that helpdesk.yaml
// describes, kept in memory, on a loopback port of their own.
type helpdeskAPI struct {
	url string
	web *http.Server

	mu      sync.Mutex
	tickets []ticket // the newest last
}

type ticket struct {
	ID       int    `json:"id"`
	Subject  string `json:"subject"`
	Status   string `json:"status"`
	Priority string `json:"priority,omitempty"`
	DueBy    string `json:"dueBy,omitempty"`
}

func startHelpdesk(ctx context.Context) (*helpdeskAPI, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &helpdeskAPI{url: "http://" + l.Addr().String(), tickets: []ticket{
		{ID: 101, Subject: "Coffee machine leaks", Status: "open", Priority: "low"},
		{ID: 102, Subject: "No network in room 4.12", Status: "waiting", Priority: "urgent"},
	}}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /v1/tickets", a.find)
	routes.HandleFunc("POST /v1/tickets", a.create)
	routes.HandleFunc("GET /v1/tickets/{id}", a.get)
	routes.HandleFunc("PUT /v1/tickets/{id}", a.update)
	a.web = &http.Server{Handler: routes, ReadTimeout: 10 * time.Second}
	go a.web.Serve(l)
	return a, nil
}

func (a *helpdeskAPI) close() { a.web.Close() }

// newest is the ticket that came last, for the demo to look behind the API.
func (a *helpdeskAPI) newest() ticket {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tickets[len(a.tickets)-1]
}

func (a *helpdeskAPI) find(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		limit = 50
	}
	found := []ticket{}
	for _, t := range slices.Backward(a.tickets) {
		wanted := (query.Get("status") == "" || query.Get("status") == t.Status) &&
			strings.Contains(strings.ToLower(t.Subject), strings.ToLower(query.Get("text")))
		if wanted && len(found) < limit {
			found = append(found, t)
		}
	}
	reply(w, http.StatusOK, found)
}

func (a *helpdeskAPI) create(w http.ResponseWriter, r *http.Request) {
	t := ticket{Status: "open"}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&t); err != nil || t.Subject == "" {
		reply(w, http.StatusBadRequest, map[string]string{"error": "a ticket needs a subject"})
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	t.ID = a.tickets[len(a.tickets)-1].ID + 1
	a.tickets = append(a.tickets, t)
	reply(w, http.StatusCreated, t)
}

func (a *helpdeskAPI) get(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.ticket(w, r); t != nil {
		reply(w, http.StatusOK, t)
	}
}

func (a *helpdeskAPI) update(w http.ResponseWriter, r *http.Request) {
	var change struct{ Status string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&change); err != nil || change.Status == "" {
		reply(w, http.StatusBadRequest, map[string]string{"error": "say the new status"})
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.ticket(w, r); t != nil {
		t.Status = change.Status
		reply(w, http.StatusOK, t)
	}
}

// ticket is the one that the path names; nil when that was answered already.
func (a *helpdeskAPI) ticket(w http.ResponseWriter, r *http.Request) *ticket {
	for i := range a.tickets {
		if strconv.Itoa(a.tickets[i].ID) == r.PathValue("id") {
			return &a.tickets[i]
		}
	}
	reply(w, http.StatusNotFound, map[string]string{"error": "there is no such ticket"})
	return nil
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
