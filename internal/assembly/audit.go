package assembly

import (
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/platform/audit"
)

// Audit says where it is recorded who asked for what. Without a Dir it is not.
type Audit struct {
	Dir      string
	Keep     int64 // bytes of records; zero: 1 GiB
	Required bool  // nothing is served that cannot be recorded
}

// open opens the book, and registers what there is to say of it.
func (a Audit) open(c Config) (*audit.Book, error) {
	if a.Dir == "" {
		return nil, nil
	}
	book, err := audit.Open(audit.Config{Dir: a.Dir, Keep: a.Keep, Required: a.Required, NewID: uuid.NewString, Now: c.Now, Log: c.Log})
	if err != nil {
		return nil, err
	}
	c.Metrics.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "parley_audit_failing", Help: "1 while audit records cannot be written.",
		}, func() float64 {
			if book.Failing() != nil {
				return 1
			}
			return 0
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "parley_audit_lost_total", Help: "Audit records that could not be kept.",
		}, func() float64 { return float64(book.Lost()) }),
	)
	return book, nil
}
