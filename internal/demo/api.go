package demo

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Helpdesk is a third party to try plugins on: the tickets that helpdesk.yaml
// describes, kept in memory.
type Helpdesk struct {
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

// StartHelpdesk serves on a listener until ctx ends.
func StartHelpdesk(ctx context.Context, l net.Listener) *Helpdesk {
	h := &Helpdesk{url: "http://" + l.Addr().String(), tickets: []ticket{
		{ID: 101, Subject: "Coffee machine leaks", Status: "open", Priority: "low"},
		{ID: 102, Subject: "No network in room 4.12", Status: "waiting", Priority: "urgent"},
	}}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /openapi.yaml", h.describe)
	routes.HandleFunc("GET /v1/tickets", h.find)
	routes.HandleFunc("POST /v1/tickets", h.create)
	routes.HandleFunc("GET /v1/tickets/{id}", h.get)
	routes.HandleFunc("PUT /v1/tickets/{id}", h.update)
	h.web = &http.Server{Handler: routes, ReadTimeout: 10 * time.Second}
	go h.web.Serve(l)
	context.AfterFunc(ctx, func() { h.web.Close() })
	return h
}

// document is the API's description, with the server that it is really on.
func (h *Helpdesk) document() string {
	return strings.Replace(helpdesk, "https://helpdesk.example.com", h.url, 1)
}

func (h *Helpdesk) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	io.WriteString(w, h.document())
}

// newest is the ticket that came last, for the demo to look behind the API.
func (h *Helpdesk) newest() ticket {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tickets[len(h.tickets)-1]
}

func (h *Helpdesk) find(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		limit = 50
	}
	found := []ticket{}
	for _, t := range slices.Backward(h.tickets) {
		wanted := (query.Get("status") == "" || query.Get("status") == t.Status) &&
			strings.Contains(strings.ToLower(t.Subject), strings.ToLower(query.Get("text")))
		if wanted && len(found) < limit {
			found = append(found, t)
		}
	}
	reply(w, http.StatusOK, found)
}

func (h *Helpdesk) create(w http.ResponseWriter, r *http.Request) {
	t := ticket{Status: "open"}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&t); err != nil || t.Subject == "" {
		reply(w, http.StatusBadRequest, map[string]string{"error": "a ticket needs a subject"})
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t.ID = h.tickets[len(h.tickets)-1].ID + 1
	h.tickets = append(h.tickets, t)
	reply(w, http.StatusCreated, t)
}

func (h *Helpdesk) get(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.ticket(w, r); t != nil {
		reply(w, http.StatusOK, t)
	}
}

func (h *Helpdesk) update(w http.ResponseWriter, r *http.Request) {
	var change struct{ Status string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&change); err != nil || change.Status == "" {
		reply(w, http.StatusBadRequest, map[string]string{"error": "say the new status"})
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.ticket(w, r); t != nil {
		t.Status = change.Status
		reply(w, http.StatusOK, t)
	}
}

// ticket is the one that the path names; nil when that was answered already.
func (h *Helpdesk) ticket(w http.ResponseWriter, r *http.Request) *ticket {
	for i := range h.tickets {
		if strconv.Itoa(h.tickets[i].ID) == r.PathValue("id") {
			return &h.tickets[i]
		}
	}
	reply(w, http.StatusNotFound, map[string]string{"error": "there is no such ticket"})
	return nil
}

func reply(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text)
}
