// Package e2e tests the whole program from outside: the real binary, driven by
// the official Go SDK, boto3, the JavaScript SDK, the AWS CLI and hand-signed
// HTTP, on the embedded store and on every PostgreSQL that PARLEY_TEST_POSTGRES
// names (URLs, comma separated).
//
// It has tests and their material only. Starting the binary is
// internal/e2e/launch; killing it again and again is internal/e2e/torture.
package e2e
