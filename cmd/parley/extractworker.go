package main

import "github.com/parleyhq/parley/internal/platform/fence"

// extractWorker is the command that a server starts to read documents in.
const extractWorker = "extract-worker"

// extractWorkerCmd is that command: see platform/fence.
type extractWorkerCmd struct{}

// Run reads documents until the server has no more.
func (extractWorkerCmd) Run(p *process) error { return fence.Work(p.in, p.out) }
