// Package torture kills the server again and again and looks for what got lost.
//
// Each round starts the real binary on the same store, lets several clients
// create, update and delete applications, plugins, tags and permissions, kills
// it with SIGKILL at a random moment, starts it again, and compares what Get
// and List say with what was acknowledged. An acknowledged write must be there,
// whole. The one request of each client that got no answer may have happened or
// not, and nothing in between.
//
// So it is with documents, which search must find as they were acknowledged; with
// writes to a third party, none of which is sent twice; and with conversations,
// streamed or not, whose turns are there as they were answered, both halves of
// them, or not at all. On PostgreSQL another server lives on beside the one that is
// killed, and misses it.
//
// It has tests only:
//
//	go test ./internal/e2e/torture -args -rounds=1000 [-seed=N] [-postgres=URL]
package torture
