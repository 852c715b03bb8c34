// Package datasource owns data sources and their sync jobs: what a source is
// connected to, when it is synced, and what of it was seen, put and deleted.
//
// What is at the other end is a connector's business (platform/connector and the
// kinds below it), what becomes of a document resource/document's, and when a
// schedule is due engine/schedule's.
//
// Rows: data_source, sync_job (one per job there was), source_item (one per
// document that a connector has seen).
package datasource
